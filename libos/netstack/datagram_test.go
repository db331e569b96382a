package netstack_test

import (
	"bytes"
	"errors"
	"net/netip"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link/endpoint"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// datagrams returns a socket of each host, the second bound to at.
func (w *world) datagrams() (a, b libos.QD, at netip.AddrPort) {
	w.Helper()
	at = netip.AddrPortFrom(addrB, 9)
	a = w.socket(w.a, syscall.AF_INET, syscall.SOCK_DGRAM)
	b = w.socket(w.b, syscall.AF_INET, syscall.SOCK_DGRAM)
	w.must(w.b.rt.Bind(b, at))
	return a, b, at
}

func TestDatagramSizes(t *testing.T) {
	for name, v6 := range map[string]bool{"v4": false, "v6": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, worldOptions{})
			domain, at, most := syscall.AF_INET, netip.AddrPortFrom(addrB, 9), 65507
			if v6 {
				domain, at = syscall.AF_INET6, netip.AddrPortFrom(addrB6, 9)
			}
			a, b := w.socket(w.a, domain, syscall.SOCK_DGRAM), w.socket(w.b, domain, syscall.SOCK_DGRAM)
			w.must(w.b.rt.Bind(b, at))
			for _, n := range []int{1, 63, 1452, 1472, 1473, 8192, 40000, most} {
				msg := random(uint64(n), n)
				qt, err := w.a.rt.PushTo(a, libos.Bytes(msg), at)
				w.done(w.a, qt, err)
				qt, err = w.b.rt.Pop(b)
				res := w.done(w.b, qt, err)
				if !bytes.Equal(res.SGA.Flat(), msg) {
					t.Errorf("%d bytes: got %d", n, res.N)
				}
				w.must(w.b.rt.Free(res.SGA))
			}
			qt, err := w.a.rt.PushTo(a, libos.Bytes(make([]byte, 65536)), at)
			if res := w.wait(w.a, qt, err); !errors.Is(res.Err, syscall.EMSGSIZE) {
				t.Errorf("65,536 bytes: %v", res.Err)
			}
		})
	}
}

// TestDatagramBackPressure: pushes wait while the device takes nothing, and none is lost.
func TestDatagramBackPressure(t *testing.T) {
	w := newWorld(t, worldOptions{Config: pipe.Config{Ring: 16, Frames: 64}})
	a, b, at := w.datagrams()
	qt, err := w.a.rt.PushTo(a, libos.Bytes([]byte("resolve the address first")), at)
	w.done(w.a, qt, err)
	qt, err = w.b.rt.Pop(b)
	w.must(w.b.rt.Free(w.done(w.b, qt, err).SGA))
	const n = 4000
	var pushes []libos.QToken
	for i := range n {
		qt, err := w.a.rt.PushTo(a, libos.Bytes([]byte{byte(i >> 8), byte(i)}), at)
		w.must(err)
		pushes = append(pushes, qt)
		w.a.rt.Poll()
	}
	if s := w.a.engine.Stats().Endpoint; s.Held != endpoint.DefaultMaxHeld || s.TxNoBuffer != 0 {
		t.Fatalf("no back-pressure: %+v", s)
	}
	for i := range n {
		qt, err := w.b.rt.Pop(b)
		res := w.done(w.b, qt, err)
		if got := res.SGA.Flat(); int(got[0])<<8|int(got[1]) != i {
			t.Fatalf("datagram %d is %x", i, got)
		}
		w.must(w.b.rt.Free(res.SGA))
	}
	for _, qt := range pushes {
		w.done(w.a, qt, nil)
	}
}

// TestDatagramRefused: what ICMP says of a closed port ends neither pushes nor pops.
func TestDatagramRefused(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a := w.socket(w.a, syscall.AF_INET, syscall.SOCK_DGRAM)
	at := netip.AddrPortFrom(addrB, 99)
	qt, err := w.a.rt.Connect(a, at)
	w.done(w.a, qt, err)
	pop, err := w.a.rt.Pop(a)
	w.must(err)
	for range 5 {
		qt, err := w.a.rt.Push(a, libos.Bytes([]byte("x")))
		w.done(w.a, qt, err)
		w.idle(10_000_000)
	}
	if n := w.b.engine.Stats().UDP.UnknownPort; n != 5 {
		t.Errorf("%d datagrams came to the closed port, want 5", n)
	}
	if res, err := w.a.rt.Wait(pop, 0); err == nil {
		t.Fatalf("pop ended: %v", res.Err)
	}
	b := w.socket(w.b, syscall.AF_INET, syscall.SOCK_DGRAM)
	w.must(w.b.rt.Bind(b, at))
	to, err := w.a.rt.LocalAddr(a)
	w.must(err)
	qt, err = w.b.rt.PushTo(b, libos.Bytes([]byte("hello")), netip.AddrPortFrom(addrA, to.Port()))
	w.done(w.b, qt, err)
	res := w.done(w.a, pop, nil)
	if string(res.SGA.Flat()) != "hello" || res.Addr != at {
		t.Errorf("%q from %v", res.SGA.Flat(), res.Addr)
	}
	w.must(w.a.rt.Free(res.SGA))
}
