package scripttest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// finish ends a call.
func (w *wire) finish(h *host, c *call, result string) {
	c.result = result
	w.log("%s: %s -> %s", h.name, c.text, result)
}

// nameOf is the result of a failed call: the name of its errno.
func nameOf(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		if name := unix.ErrnoName(no); name != "" {
			return name
		}
	}
	return fmt.Sprintf("%v", err)
}

// reap takes results, and reports whether there were any.
func (w *wire) reap(h *host) (moved bool) {
	n, err := h.rt.WaitNext(h.results, 0)
	if err != nil {
		return false // nothing has completed
	}
	for _, res := range h.results[:n] {
		for _, c := range h.pending {
			if c.qt == res.QT && c.result == "" {
				w.completed(h, c, res)
			}
		}
	}
	return n > 0
}

func (w *wire) completed(h *host, c *call, res libos.QResult) {
	if res.Err != nil {
		w.finish(h, c, nameOf(res.Err))
		return
	}
	s := h.sockets[c.on]
	switch c.verb {
	case "accept":
		h.sockets[c.on] = &socket{qd: res.NewQD, peer: hostOf(res.Addr.Addr())}
	case "pop":
		w.popped(h, s, c, res)
		return
	}
	w.finish(h, c, "ok")
}

// popped checks data against the pattern, and pops again if the script has asked for more.
func (w *wire) popped(h *host, s *socket, c *call, res libos.QResult) {
	data := res.SGA.Flat()
	from, off := s.peer, s.got
	if c.exact > 0 {
		from, off = hostOf(res.Addr.Addr()), 0
	}
	same := bytes.Equal(data, pattern(from, off, len(data)))
	if len(data) > 0 {
		w.fail(h.rt.Free(res.SGA))
	}
	s.got += len(data)
	switch {
	case !same:
		w.finish(h, c, fmt.Sprintf("other data behind %d", off))
	case c.exact > 0 && len(data) != c.exact:
		w.finish(h, c, strconv.Itoa(len(data)))
	case c.exact > 0 || s.got >= c.end:
		w.finish(h, c, "ok")
	case len(data) == 0:
		s.claimed = s.got
		w.finish(h, c, "eof")
	default:
		var err error
		if c.qt, err = h.rt.Pop(s.qd); err != nil {
			w.finish(h, c, nameOf(err))
		}
	}
}

// stat returns a counter of netstack.Stats, such as TCP.ResetsSent.
func (h *host) stat(path string) (uint64, error) {
	v := reflect.ValueOf(h.engine.Stats())
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() != reflect.Struct {
			return 0, fmt.Errorf("no counter %q", path)
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return 0, fmt.Errorf("no counter %q", path)
		}
	}
	switch {
	case v.CanUint():
		return v.Uint(), nil
	case v.CanInt():
		return uint64(v.Int()), nil
	}
	return 0, fmt.Errorf("%q is not one counter", path)
}
