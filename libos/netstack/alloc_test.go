//go:build !race && !catdebug

package netstack_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// maxAllocs is what one echo may allocate, both sides together.
const maxAllocs = 0

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
