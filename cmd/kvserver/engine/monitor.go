package engine

import (
	"fmt"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

func monitorCommand(c *Call) {
	if c.InTransaction() {
		c.Error("ERR MONITOR isn't allowed for DENY BLOCKING client")
		return
	}
	if c.S.monitor {
		return // without a reply
	}
	c.S.monitor = true
	c.E.monitors[c.S] = struct{}{}
	c.Out.OK()
}

// feedMonitors shows a command to the sessions of MONITOR.
func (e *Engine) feedMonitors(c *Call) {
	if c.Cmd.Flags&(SkipMonitor|Admin) != 0 {
		return
	}
	line := fmt.Appendf(nil, "%d.%06d [%d %s]", e.micros/1e6, e.micros%1e6, c.S.db.ID, c.S.Remote)
	for _, arg := range c.shown() {
		line = append(line, ' ')
		line = AppendQuoted(line, arg)
	}
	text := string(line)
	for s := range e.monitors {
		if s.ending() {
			continue
		}
		if s == c.S && !s.multi.running {
			s.Out.Simple(text) // behind its reply
		} else {
			e.aside(s).Simple(text)
		}
		e.published(s)
	}
}

// AppendQuoted appends a text in double quotes, with bytes that are not printable written as in C.
func AppendQuoted(b, text []byte) []byte {
	b = append(b, '"')
	for _, ch := range text {
		switch ch {
		case '\\', '"':
			b = append(b, '\\', ch)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\a':
			b = append(b, `\a`...)
		case '\b':
			b = append(b, `\b`...)
		default:
			if ch >= ' ' && ch < 127 {
				b = append(b, ch)
			} else {
				b = fmt.Appendf(b, `\x%02x`, ch)
			}
		}
	}
	return append(b, '"')
}
