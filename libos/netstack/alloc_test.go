//go:build !race && !catdebug

package netstack_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// What may be allocated, both sides together. All of a datagram's is gVisor's: packet headers' views, and the route and
// header of a push that is not connected.
const (
	maxAllocs         = 0  // an echo on a stream
	maxDatagramAllocs = 11 // a datagram, by PushTo
)

func TestEchoAllocations(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	msg := libos.Bytes(make([]byte, 64))
	n := testing.AllocsPerRun(2000, func() { w.echo(a, b, msg) })
	t.Logf("%v allocations an echo", n)
	if n > maxAllocs {
		t.Errorf("%v allocations an echo, want at most %v", n, maxAllocs)
	}
}

func TestDatagramAllocations(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b, at := w.datagrams()
	msg := libos.Bytes(make([]byte, 64))
	n := testing.AllocsPerRun(2000, func() {
		push, err := w.a.rt.PushTo(a, msg, at)
		w.must(err)
		pop, err := w.b.rt.Pop(b)
		w.must(err)
		w.quick(w.a, push)
		w.must(w.b.rt.Free(w.quick(w.b, pop).SGA))
	})
	t.Logf("%v allocations a datagram", n)
	if n > maxDatagramAllocs {
		t.Errorf("%v allocations a datagram, want at most %v", n, maxDatagramAllocs)
	}
}

func BenchmarkEcho(bench *testing.B) {
	w := newWorld(&testing.T{}, worldOptions{real: true})
	a, b := w.connect(false)
	msg := libos.Bytes(make([]byte, 64))
	bench.ReportAllocs()
	for bench.Loop() {
		w.echo(a, b, msg)
	}
	w.a.rt.Close()
	w.b.rt.Close()
}
