package netstack_test

import (
	"bytes"
	"net/netip"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// connect returns a connection from a to b, both ends.
func (w *world) connect(v6 bool) (a, b libos.QD) {
	w.Helper()
	if v6 {
		return w.join(w.a, w.b, addrB6)
	}
	return w.join(w.a, w.b, addrB)
}

// join returns a connection between two hosts, or of one with itself. addr is to's.
func (w *world) join(from, to *host, addr netip.Addr) (a, b libos.QD) {
	w.Helper()
	domain, at := syscall.AF_INET, netip.AddrPortFrom(addr, 7)
	if addr.Is6() {
		domain = syscall.AF_INET6
	}
	l := w.socket(to, domain, syscall.SOCK_STREAM)
	w.must(to.rt.Bind(l, at))
	w.must(to.rt.Listen(l, 16))
	accept, err := to.rt.Accept(l)
	w.must(err)
	a = w.socket(from, domain, syscall.SOCK_STREAM)
	qt, err := from.rt.Connect(a, at)
	w.done(from, qt, err)
	b = w.done(to, accept, nil).NewQD
	qt, err = to.rt.CloseQueue(l)
	w.done(to, qt, err)
	return a, b
}

func (w *world) socket(h *host, domain, typ int) libos.QD {
	w.Helper()
	qd, err := h.rt.Socket(domain, typ)
	w.must(err)
	return qd
}

func (w *world) must(err error) {
	if err != nil { // Helper alone takes as long as a fifth of an echo
		w.Helper()
		w.Fatalf("%v", err)
	}
}

func TestEcho(t *testing.T) {
	for name, v6 := range map[string]bool{"v4": false, "v6": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			a, b := w.connect(v6)
			for range 100 {
				qt, err := w.a.rt.Push(a, libos.Bytes([]byte("hello")))
				w.done(w.a, qt, err)
				qt, err = w.b.rt.Pop(b)
				got := w.done(w.b, qt, err).SGA
				qt, err = w.b.rt.Push(b, got)
				w.done(w.b, qt, err)
				w.must(w.b.rt.Free(got))
				qt, err = w.a.rt.Pop(a)
				got = w.done(w.a, qt, err).SGA
				if !bytes.Equal(got.Flat(), []byte("hello")) {
					t.Fatalf("echo is %q", got.Flat())
				}
				w.must(w.a.rt.Free(got))
			}
			qt, err := w.a.rt.CloseQueue(a)
			w.done(w.a, qt, err)
			qt, err = w.b.rt.CloseQueue(b)
			w.done(w.b, qt, err)
		})
	}
}

// echo sends msg from a to b and back.
func (w *world) echo(a, b libos.QD, msg libos.SGArray) {
	push, err := w.a.rt.Push(a, msg)
	w.must(err)
	pop, err := w.b.rt.Pop(b)
	w.must(err)
	back, err := w.a.rt.Pop(a)
	w.must(err)
	w.quick(w.a, push)
	got := w.quick(w.b, pop).SGA
	push, err = w.b.rt.Push(b, got)
	w.must(err)
	w.quick(w.b, push)
	w.must(w.b.rt.Free(got))
	got = w.quick(w.a, back).SGA
	w.must(w.a.rt.Free(got))
}

// quick is done without the bound in time, and without allocations of its own.
func (w *world) quick(h *host, qt libos.QToken) libos.QResult {
	for range 1_000_000 {
		if res, err := h.rt.Wait(qt, 0); err == nil {
			w.must(res.Err)
			return res
		}
		w.poll()
	}
	w.Fatalf("token %v does not complete", qt)
	return libos.QResult{}
}
