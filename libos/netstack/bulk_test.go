package netstack_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// BenchmarkBulk moves data one way, between two stacks that one goroutine drives.
func BenchmarkBulk(bench *testing.B) {
	for _, v := range []struct {
		name string
		v6   bool
	}{{"IPv4", false}, {"IPv6", true}} {
		bench.Run(v.name, func(bench *testing.B) {
			const size = 1 << 20
			w := newWorld(&testing.T{}, worldOptions{real: true})
			a, b := w.connect(v.v6)
			msg := libos.Bytes(make([]byte, size))
			bench.SetBytes(size)
			bench.ReportAllocs()
			for bench.Loop() {
				w.bulk(a, b, msg)
			}
			bench.StopTimer()
			w.must(w.a.rt.Close())
			w.must(w.b.rt.Close())
		})
	}
}

// bulk sends msg from a to b.
func (w *world) bulk(a, b libos.QD, msg libos.SGArray) {
	push, err := w.a.rt.Push(a, msg)
	w.must(err)
	for left := msg.Len(); left > 0; {
		pop, err := w.b.rt.Pop(b)
		w.must(err)
		res := w.quick(w.b, pop)
		left -= res.SGA.Len()
		w.must(w.b.rt.Free(res.SGA))
	}
	w.quick(w.a, push)
}
