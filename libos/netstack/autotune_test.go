package netstack_test

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestReceiveBufferGrows: the stack raises the receive buffer on a long path also where data goes past it to pops that wait.
// With the window that it begins with, a transfer would take ten times as long.
func TestReceiveBufferGrows(t *testing.T) {
	const half = 5 * time.Millisecond
	transfer := func(how netstack.TCP) (took time.Duration, direct uint64) {
		w := newWorld(t, worldOptions{
			Config:      pipe.Config{Frames: 1 << 14},
			hostOptions: hostOptions{Config: netstack.Config{TCP: how, Burst: 1, ReceiveBuffer: 64 << 10}},
			wrap: func(now func() time.Time, side int, d link.Device) link.Device {
				x, err := fault.New(d, fault.Config{Seed: 1, Now: now, Held: 1 << 16,
					TX: fault.Faults{After: 4, Delay: 1, DelayMin: half, DelayMax: half}})
				if err != nil {
					t.Fatal(err)
				}
				return wired{x}
			}})
		a, b := w.connect(false)
		x := &flow{w: w, from: w.a, to: w.b, out: a, in: b, data: random(1, 4<<20)}
		began := w.now
		for x.start(); !x.step(); w.now = w.now.Add(12 * time.Microsecond) {
			w.a.rt.Poll()
			w.b.rt.Poll()
		}
		return w.now.Sub(began), w.b.engine.Stats().Inline.Direct
	}
	stock, _ := transfer(netstack.TCPStock)
	took, direct := transfer(netstack.TCPInline)
	if took > 2*stock || direct == 0 {
		t.Errorf("took %v of virtual time with %d segments past the stack, and %v through it", took, direct, stock)
	}
}
