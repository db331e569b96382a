package difftest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A reply in RESP2 or RESP3, with all that the bytes say.
type reply struct {
	kind  byte
	null  bool   // $-1 and *-1
	text  string // of what is no aggregate
	elems []reply
}

// readReply reads the next reply.
func readReply(r *bufio.Reader) (reply, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return reply{}, err
	}
	head, ok := strings.CutSuffix(line, "\r\n")
	if !ok || head == "" {
		return reply{}, fmt.Errorf("the line %q begins no reply", line)
	}
	v := reply{kind: head[0], text: head[1:]}
	switch v.kind {
	case '+', '-', ':', ',', '#', '(', '_':
		return v, nil
	case '$', '=', '*', '~', '>', '%':
	default:
		return v, fmt.Errorf("the type of %q is unknown", head)
	}
	n, err := strconv.Atoi(v.text)
	if err != nil {
		return v, fmt.Errorf("read the length in %q: %w", head, err)
	}
	v.text = ""
	switch {
	case n == -1 && (v.kind == '$' || v.kind == '*'):
		v.null = true
		return v, nil
	case n < 0:
		return v, fmt.Errorf("the length in %q is negative", head)
	case v.kind == '$' || v.kind == '=':
		b := make([]byte, n+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return v, inside(err)
		}
		if string(b[n:]) != "\r\n" {
			return v, fmt.Errorf("the text after %q ends with %q", head, b[n:])
		}
		v.text = string(b[:n])
		return v, nil
	case v.kind == '%':
		n *= 2
	}
	for range n {
		e, err := readReply(r)
		if err != nil {
			return v, inside(err)
		}
		v.elems = append(v.elems, e)
	}
	return v, nil
}

func inside(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readAll reads all replies in b.
func readAll(b []byte) ([]reply, error) {
	r := bufio.NewReader(strings.NewReader(string(b)))
	var all []reply
	for {
		v, err := readReply(r)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("%w in %q", err, b)
		}
		all = append(all, v)
	}
}

// aggregate reports whether a reply is made of others.
func (v reply) aggregate() bool { return strings.IndexByte("*~>%", v.kind) >= 0 && !v.null }

// isError reports whether a reply is an error.
func (v reply) isError() bool { return v.kind == '-' }

// String shows a reply so that different bytes look different.
func (v reply) String() string {
	switch v.kind {
	case '$', '=':
		if v.null {
			return "$nil"
		}
		if v.kind == '=' {
			return "=" + strconv.Quote(v.text)
		}
		return strconv.Quote(v.text)
	case '*', '~', '>', '%':
		if v.null {
			return "*nil"
		}
		var b strings.Builder
		if v.kind != '*' {
			b.WriteByte(v.kind)
		}
		b.WriteByte('[')
		for i, e := range v.elems {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(e.String())
		}
		b.WriteByte(']')
		return b.String()
	}
	return string(v.kind) + v.text
}

// texts shows replies, one a line.
func texts(list []reply) string {
	lines := make([]string, len(list))
	for i, v := range list {
		lines[i] = v.String()
	}
	return strings.Join(lines, "\n")
}
