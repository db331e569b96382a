package netstack_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// cable wraps devices in a network with a round trip of 50 us that loses frames.
func cable(t *testing.T, seed uint64, drop float64) func(func() time.Time, int, link.Device) link.Device {
	const half = 25 * time.Microsecond
	return func(now func() time.Time, side int, d link.Device) link.Device {
		x, err := fault.New(d, fault.Config{Seed: seed*2 + uint64(side), Now: now, Held: 4096,
			TX: fault.Faults{After: 4, Drop: drop, Delay: 1, DelayMin: half, DelayMax: half}})
		if err != nil {
			t.Fatal(err)
		}
		return wired{x}
	}
}

// TestLossRecovery: what a network loses is sent again after a round trip, and not after a retransmission timeout, which is a
// thousand of them here. At 1% and 5%, a congestion window of some packets has few that tell of a loss.
func TestLossRecovery(t *testing.T) {
	for _, c := range []struct {
		drop  float64
		least float64 // Gb/s of virtual time; a window of sqrt(1.5/drop) packets in each round trip would be 2.8 and 1.2
	}{{0.001, 8}, {0.01, 1.5}, {0.05, 0.4}} {
		t.Run(fmt.Sprint(c.drop), func(t *testing.T) {
			var again, timeouts, bits uint64
			var took time.Duration
			for seed := range uint64(8) {
				w := newWorld(t, worldOptions{wrap: cable(t, seed, c.drop)})
				a, b := w.connect(seed%2 == 1)
				x := &flow{w: w, from: w.a, to: w.b, out: a, in: b, data: random(seed, 2<<20)}
				began := w.now
				x.start()
				for !x.step() {
					w.a.rt.Poll()
					w.b.rt.Poll()
					w.now = w.now.Add(3 * time.Microsecond)
				}
				took += w.now.Sub(began)
				bits += 8 * uint64(len(x.data))
				s := w.a.engine.Stats()
				again += s.TCP.Retransmitted
				timeouts += s.TCP.Timeouts
			}
			rate := float64(bits) / float64(took.Nanoseconds())
			t.Logf("%.2f Gb/s of virtual time, %d segments sent again, %d timeouts", rate, again, timeouts)
			if lost := c.drop * float64(bits) / 8 / 1448; float64(again) < lost/2 || float64(again) > 2*lost+10 {
				t.Errorf("%d segments were sent again, about %.0f were lost", again, lost)
			}
			if rate < c.least || timeouts > again/100 {
				t.Errorf("%.2f Gb/s, want %v; %d timeouts", rate, c.least, timeouts)
			}
		})
	}
}
