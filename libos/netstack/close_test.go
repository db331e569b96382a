package netstack_test

import (
	"errors"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// TestKeepAlive: a peer that vanishes ends the connection, after the idle time and nine probes.
func TestKeepAlive(t *testing.T) {
	var devices [2]*fault.Device
	w := newWorld(t, worldOptions{wrap: func(now func() time.Time, side int, d link.Device) link.Device {
		x, err := fault.New(d, fault.Config{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		devices[side] = x
		return x
	}})
	a, _ := w.connect(false)
	w.must(w.a.rt.SetOption(a, libos.OptKeepAlive, 60))
	pop, err := w.a.rt.Pop(a)
	w.must(err)
	w.idle(30 * time.Minute) // the peer answers
	if res, err := w.a.rt.Wait(pop, 0); err == nil {
		t.Fatalf("pop ended: %v", res.Err)
	}
	devices[1].SetPartition(true, true)
	start := w.now
	// As with Linux, the result is what is known of why the peer does not answer: nobody answers ARP for it either.
	if res := w.wait(w.a, pop, nil); !errors.Is(res.Err, syscall.ETIMEDOUT) && !errors.Is(res.Err, syscall.EHOSTUNREACH) {
		t.Errorf("pop: %v", res.Err)
	}
	if d := w.now.Sub(start); d < 54*time.Second || d > 3*time.Minute {
		t.Errorf("ended after %v", d)
	}
}

// TestCloseToDeadPeer: a close whose FIN nobody acknowledges ends when the stack gives up, and at once when cancelled.
func TestCloseToDeadPeer(t *testing.T) {
	for _, cancel := range []bool{false, true} {
		var devices [2]*fault.Device
		w := newWorld(t, worldOptions{wrap: func(now func() time.Time, side int, d link.Device) link.Device {
			x, err := fault.New(d, fault.Config{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			devices[side] = x
			return x
		}})
		a, _ := w.connect(false)
		devices[1].SetPartition(true, true)
		qt, err := w.a.rt.Push(a, libos.Bytes([]byte("never arrives")))
		w.done(w.a, qt, err)
		qt, err = w.a.rt.CloseQueue(a)
		w.must(err)
		w.idle(time.Second)
		if _, err := w.a.rt.Wait(qt, 0); err == nil {
			t.Fatal("the close completed without an acknowledgment")
		}
		if !cancel {
			w.done(w.a, qt, nil)
			continue
		}
		w.must(w.a.rt.Cancel(qt))
		if res := w.wait(w.a, qt, nil); !errors.Is(res.Err, syscall.ECANCELED) {
			t.Errorf("cancelled close: %v", res.Err)
		}
	}
}

// TestCloseIntoEndlessSender: a close ends while the peer goes on sending, whose pushes then fail.
func TestCloseIntoEndlessSender(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	qt, err := w.a.rt.Push(a, libos.Bytes([]byte("last words")))
	w.done(w.a, qt, err)
	push, err := w.b.rt.Push(b, libos.Bytes(make([]byte, 64<<20)))
	w.must(err)
	w.idle(10 * time.Millisecond)
	qt, err = w.a.rt.CloseQueue(a)
	w.done(w.a, qt, err)
	if res := w.wait(w.b, push, nil); !errors.Is(res.Err, syscall.ECONNRESET) && !errors.Is(res.Err, syscall.EPIPE) {
		t.Errorf("push: %v", res.Err)
	}
	qt, err = w.b.rt.Pop(b)
	res := w.done(w.b, qt, err)
	if string(res.SGA.Flat()) != "last words" {
		t.Errorf("popped %q", res.SGA.Flat())
	}
	w.must(w.b.rt.Free(res.SGA))
}

// TestCutShort: a push that close cuts short does not keep the close, nor the connection, for ever.
func TestCutShort(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, _ := w.connect(false)
	push, err := w.a.rt.Push(a, libos.Bytes(make([]byte, 64<<20)))
	w.must(err)
	w.idle(time.Second)
	qt, err := w.a.rt.CloseQueue(a)
	w.done(w.a, qt, err)
	if res := w.wait(w.a, push, nil); !errors.Is(res.Err, syscall.ECANCELED) {
		t.Errorf("push: %v", res.Err)
	}
	if n := w.a.engine.Stats().Sockets; n != 1 {
		t.Errorf("%d sockets, want the one that ends by itself", n)
	}
	w.idle(2 * time.Minute)
	if n := w.a.engine.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets after two minutes", n)
	}
}

// TestTimersEnd: connections that were closed leave nothing behind, TIME_WAIT included.
func TestTimersEnd(t *testing.T) {
	w := newWorld(t, worldOptions{})
	for range 20 {
		a, b := w.connect(false)
		w.echo(a, b, libos.Bytes([]byte("x")))
		qt, err := w.a.rt.CloseQueue(a)
		w.done(w.a, qt, err)
		qt, err = w.b.rt.CloseQueue(b)
		w.done(w.b, qt, err)
	}
	w.idle(5 * time.Minute)
	for _, h := range []*host{w.a, w.b} {
		// What is left are the neighbor's and the link's own.
		if s := h.engine.Stats(); s.Sockets != 0 || s.Timers > 3 || s.TCP.Established != 0 {
			t.Errorf("left: %d sockets, %d timers, %+v", s.Sockets, s.Timers, s.TCP)
		}
	}
}

// TestEngineClose: connections are reset, operations end, goroutines too.
func TestEngineClose(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	pop, err := w.b.rt.Pop(b)
	w.must(err)
	pending, err := w.a.rt.Pop(a)
	w.must(err)
	if err := w.a.engine.Close(); err != nil {
		t.Fatal(err)
	}
	if res := w.wait(w.a, pending, nil); !errors.Is(res.Err, syscall.ECANCELED) {
		t.Errorf("pending pop: %v", res.Err)
	}
	if res := w.wait(w.b, pop, nil); !errors.Is(res.Err, syscall.ECONNRESET) {
		t.Errorf("the peer's pop: %v", res.Err)
	}
	if err := errors.Join(w.a.engine.Close(), w.a.rt.Close(), w.b.rt.Close()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
