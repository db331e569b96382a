package scripttest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

// patience is how long a script waits for what it expects, in virtual time: longer than a stack tries anything.
const patience = time.Hour

// Families returns the families that the script is for.
func (s *Script) Families() []Family {
	if s.opts.family != 0 {
		return []Family{s.opts.family}
	}
	return []Family{V4, V6}
}

// StockTrace reports whether the trace of TCPStock has to be that of TCPInline.
func (s *Script) StockTrace() bool { return s.opts.stock }

// Run runs the script on hosts of their own. It returns the trace as far as it came, and the first error.
func (s *Script) Run(f Family, tcp netstack.TCP) (trace string, err error) {
	w, err := newWire(f, tcp, s.opts)
	if err != nil {
		return "", err
	}
	w.settle()
	for _, st := range s.steps {
		if err = errors.Join(st.do(w), w.stopped); err != nil {
			err = fmt.Errorf("line %d: %q: %w", st.line, st.text, err)
			break
		}
		w.settle()
	}
	if r := w.unused(); err == nil && r != nil {
		err = fmt.Errorf("%s %v: no such packet", r.verb, r.pattern)
	}
	trace = strings.Join(w.trace, "\n") + "\n"
	return trace, errors.Join(err, w.stopped, w.close())
}

// call starts an operation and, if the script says what it ends with, waits for that.
func (w *wire) call(h *host, c *call, start func() error, result string) error {
	w.log("%s: %s", h.name, c.text)
	h.pending = append(h.pending, c)
	err := start()
	var no syscall.Errno
	switch {
	case errors.As(err, &no):
		w.finish(h, c, nameOf(err))
	case err != nil:
		return err
	case c.qt == 0 && c.result == "":
		c.result = "ok" // a control call: the trace need not say so
	}
	if result == "" {
		if c.result != "" && c.result != "ok" {
			return fmt.Errorf("ended with %s", c.result)
		}
		return nil
	}
	return w.await(h, c, result)
}

// await waits for the end of a call.
func (w *wire) await(h *host, c *call, result string) error {
	if c == nil {
		return errors.New("there is no such call")
	}
	if result == "pending" {
		if w.settle(); c.result != "" {
			return fmt.Errorf("ended with %s", c.result)
		}
		return nil
	}
	if !w.until(patience, func() bool { return c.result != "" }) {
		return fmt.Errorf("still pending after %v", patience)
	}
	if c.result != result {
		return fmt.Errorf("ended with %s", c.result)
	}
	h.pending = slices.DeleteFunc(h.pending, func(other *call) bool { return other == c })
	return nil
}

func (w *wire) stat(h *host, path string, want uint64) error {
	w.settle()
	got, err := h.stat(path)
	if err == nil && got != want {
		err = fmt.Errorf("it is %d", got)
	}
	return err
}

// expect waits for a packet. Those before it are passed over: what may not be there is said with quiet, and by the trace.
func (w *wire) expect(p *packet) error {
	found := func() bool {
		i := slices.IndexFunc(w.sent, func(got *packet) bool { return got.matches(p) })
		if i >= 0 {
			w.sent = w.sent[i+1:]
		}
		return i >= 0
	}
	if !w.until(patience, found) {
		return fmt.Errorf("no such packet in %v", patience)
	}
	return nil
}

// quiet waits, and is wrong if a host sends something meanwhile.
func (w *wire) quiet(d time.Duration) error {
	w.settle()
	w.sent = nil
	if w.until(d, func() bool { return len(w.sent) > 0 }) {
		return fmt.Errorf("after %v: %v", w.now.Sub(w.start), w.sent[0])
	}
	return nil
}
