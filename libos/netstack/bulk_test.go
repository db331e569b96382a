package netstack_test

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestBulk: long streams go out in long segments and come in coalesced, byte-exact, also through a device that keeps pushing
// back, and between processors' goroutines.
func TestBulk(t *testing.T) {
	for name, o := range map[string]worldOptions{
		"roomy":                  {},
		"back-pressure":          {Config: pipe.Config{Ring: 16, Frames: 64}},
		"little held":            {Config: pipe.Config{Ring: 16, Frames: 64}, hostOptions: hostOptions{Config: netstack.Config{MaxHeld: 20}}},
		"small MTU":              {Config: pipe.Config{MTU: 1280}},
		"offload":                {Config: pipe.Config{Offload: true}},
		"offload, back-pressure": {Config: pipe.Config{Offload: true, Ring: 64, Frames: 512}},
		"offload, little held":   {Config: pipe.Config{Offload: true, Ring: 64, Frames: 512}, hostOptions: hostOptions{Config: netstack.Config{MaxHeld: 20}}},
		"stock":                  {hostOptions: hostOptions{Config: netstack.Config{TCP: netstack.TCPStock}}},
	} {
		for _, v6 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, v6), func(t *testing.T) {
				w := newWorld(t, o)
				a, b := w.connect(v6)
				x := &flow{w: w, from: w.a, to: w.b, out: a, in: b, data: random(1, 3<<20)}
				y := &flow{w: w, from: w.b, to: w.a, out: b, in: a, data: random(2, 1<<20)}
				w.run(x, y)
				w.close(x, y)
				for _, s := range []netstack.Stats{w.a.engine.Stats(), w.b.engine.Stats()} {
					if e := s.Endpoint; e.TxSegmented == 0 || e.RxCoalesced == 0 && !o.Config.Offload || e.RxBadChecksum+e.RxMalformed+e.TxTooLong > 0 {
						t.Errorf("%+v", e)
					}
				}
			})
		}
	}
}

// TestBulkOwnAddress: a long segment to an own address does not come to the device, and has no checksum.
func TestBulkOwnAddress(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.join(w.a, w.a, addrA)
	x := &flow{w: w, from: w.a, to: w.a, out: a, in: b, data: random(1, 1<<20)}
	y := &flow{w: w, from: w.a, to: w.a, out: b, in: a, data: random(2, 1<<20)}
	w.run(x, y)
	w.close(x, y)
	if s := w.a.engine.Stats(); s.TCP.Checksum > 0 || s.TCP.Retransmitted > 0 {
		t.Errorf("%+v", s.TCP)
	}
}

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
