package netstack_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
)

// TestSimulation: streams are byte-exact, end in order and in bounded time, and leave nothing behind, however bad the
// network, the clocks and the memory are: 100 seeds of each kind, and twenty times as many with CATAMARAN_LONG=1 in the
// environment. With -sim.seed only that one is simulated. On gVisor's own goroutines (stock) a replay is as exact as Go's
// scheduler.
func TestSimulation(t *testing.T) {
	if *simSeed != "" {
		id, k, err := parseID(*simSeed)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("trace %016x", simulate(t, id, k).trace.sum)
		return
	}
	left := leftBehind(10 * time.Second)
	defer func() {
		if err := left(); err != nil {
			t.Error(err)
		}
	}()
	for _, run := range []struct {
		tcp   netstack.TCP
		seeds uint64
	}{{netstack.TCPInline, 100}, {netstack.TCPStock, 5}} {
		t.Run(tcpNames[run.tcp], func(t *testing.T) {
			for _, k := range kinds {
				if k.inline && run.tcp != netstack.TCPInline {
					continue
				}
				t.Run(k.name, func(t *testing.T) {
					met, n := 0, int(seeds(run.seeds))
					for seed := range uint64(n) {
						t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
							if s := simulate(t, simID{run.tcp, k.name, seed}, k); k.met(s) {
								met++
							}
						})
					}
					if met < n/4 {
						t.Errorf("only %d of %d simulations met what they are about", met, n)
					}
				})
			}
		})
	}
}

// seeds returns how many of n seeds to simulate.
func seeds(n uint64) uint64 {
	if os.Getenv("CATAMARAN_LONG") == "1" {
		n *= 20
	}
	if testing.Short() {
		n = max(1, n/10)
	}
	return n
}

// simulate lives through one connection.
func simulate(t *testing.T, id simID, k kind) *sim {
	t.Helper()
	s := newSim(t, id, k)
	a, b := s.connect(id.seed%2 == 1)
	x := s.flow(s.sides[0], s.sides[1], a, b, 150_000)
	y := s.flow(s.sides[1], s.sides[0], b, a, 70_000)
	s.start()
	if s.plan.forever {
		s.giveUp(x, y)
	} else {
		endings[id.seed/2%uint64(len(endings))](s.world, x, y)
	}
	if s.plan.leak != nil {
		s.plan.leak(s)
	}
	s.finish()
	return s
}

// flow plans what goes in one direction.
func (s *sim) flow(from, to *side, out, in libos.QD, n int) *flow {
	f := &flow{w: s.world, from: from.host, to: to.host, out: out, in: in, data: random(s.rng.Uint64(), n)}
	if s.plan.arena {
		f.piece = func() int { return 1 + s.rng.IntN(16<<10) }
	}
	if n := s.plan.most; n > 0 {
		f.piece = func() int { return 1 + s.rng.IntN(n) }
	}
	if s.plan.keep > 0 {
		f.keep = func(sga libos.SGArray) {
			s.after(time.Duration(s.rng.Int64N(int64(s.plan.keep))), func() { s.must(to.rt.Free(sga)) })
		}
	}
	return f
}

// report says how to see a failure again.
func (s *sim) report() {
	if !s.Failed() {
		return
	}
	for _, line := range s.log {
		s.Log(line)
	}
	s.Logf("%d frames, trace %016x. Replay with:\n%s", s.trace.frames, s.trace.sum, replay(s.id))
}
