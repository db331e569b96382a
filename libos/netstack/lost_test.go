package netstack_test

import (
	"errors"
	"net/netip"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link"
)

// removable is a device that can be removed, as AF_XDP tells it: nothing is received, and there is an errno.
type removable struct {
	link.Device
	removed *atomic.Bool
}

func (d removable) Queue(i int) link.Queue { return removableQueue{d.Device.Queue(i), d.removed} }

type removableQueue struct {
	link.Queue
	removed *atomic.Bool
}

func (q removableQueue) RxBurst(f []link.Frame) (int, error) {
	if q.removed.Load() {
		return 0, syscall.ENXIO
	}
	return q.Queue.RxBurst(f)
}

// TestDeviceRemoved: what is pending on a device that is removed fails, and what is started later; descriptors can be closed.
func TestDeviceRemoved(t *testing.T) {
	var removed atomic.Bool
	w := newWorld(t, worldOptions{wrap: func(_ func() time.Time, side int, d link.Device) link.Device {
		if side == 1 {
			return d
		}
		return removable{d, &removed}
	}})
	a, _ := w.connect(false)
	l := w.socket(w.a, syscall.AF_INET, syscall.SOCK_STREAM)
	w.must(w.a.rt.Bind(l, netip.AddrPortFrom(addrA, 7)))
	w.must(w.a.rt.Listen(l, 8))
	u := w.socket(w.a, syscall.AF_INET, syscall.SOCK_DGRAM)
	w.must(w.a.rt.Bind(u, netip.AddrPortFrom(addrA, 7)))
	c := w.socket(w.a, syscall.AF_INET, syscall.SOCK_STREAM)

	pending := map[string]libos.QToken{}
	start := func(what string, qt libos.QToken, err error) {
		t.Helper()
		w.must(err)
		pending[what] = qt
	}
	startAll := func() {
		qt, err := w.a.rt.Accept(l)
		start("accept", qt, err)
		qt, err = w.a.rt.Pop(a)
		start("pop", qt, err)
		qt, err = w.a.rt.Pop(u)
		start("pop of a datagram", qt, err)
	}
	check := func() {
		t.Helper()
		for what, qt := range pending {
			if res := w.wait(w.a, qt, nil); res.Err == nil {
				t.Errorf("%s: no error", what)
			} else {
				w.errno(what, res.Err, syscall.ENODEV)
			}
		}
		clear(pending)
	}
	startAll()
	qt, err := w.a.rt.Connect(c, netip.MustParseAddrPort("10.0.0.77:7"))
	start("connect", qt, err)
	qt, err = w.a.rt.Push(a, libos.Bytes(make([]byte, 32<<20)))
	start("push", qt, err)
	w.idle(10 * time.Millisecond)

	removed.Store(true)
	check()
	startAll()
	check()
	for what, qd := range map[string]libos.QD{"connection": a, "listener": l, "datagrams": u, "not connected": c} {
		qt, err := w.a.rt.CloseQueue(qd)
		if res := w.wait(w.a, qt, err); res.Err != nil && what != "connection" {
			t.Errorf("close of %s: %v", what, res.Err)
		} else if what == "connection" {
			w.errno("close of what could not be sent", res.Err, syscall.ENODEV)
		}
	}
	w.until("the engine can sleep without a device", func() bool {
		_, _, ok := w.a.engine.Arm()
		return ok
	})
}

func (w *world) errno(what string, err error, want syscall.Errno) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Errorf("%s: %v, want %v", what, err, want)
	}
}
