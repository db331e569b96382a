package netstack_test

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/catamaran-os/catamaran/link/fault"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A kind is one way in which the world is bad.
type kind struct {
	name string
	make func(rng *rand.Rand, p *plan)
	// met reports whether what the kind is about has happened. It has to in one of four simulations at least.
	met func(s *sim) bool
	// inline: not with netstack.TCPStock.
	inline bool
	// says is what a simulation that has to fail must say.
	says string
}

// stream tells the random numbers of one kind from those of another.
func (k *kind) stream() uint64 {
	h := fnv.New64a()
	h.Write([]byte(k.name))
	return h.Sum64()
}

// all sums a counter over both networks.
func all(counter func(c fault.Counters) uint64) func(*sim) bool {
	return func(s *sim) bool {
		var n uint64
		for _, x := range s.sides {
			_, tx := x.net.Counters(0)
			n += counter(tx)
		}
		return n > 0
	}
}

func faulty(f fault.Faults) func(*rand.Rand, *plan) {
	return func(_ *rand.Rand, p *plan) { p.faults = f }
}

var kinds = []kind{
	{name: "loss", make: faulty(fault.Faults{Drop: 0.05}),
		met: all(func(c fault.Counters) uint64 { return c.Dropped })},
	{name: "corrupt", make: faulty(fault.Faults{Corrupt: 0.05}),
		met: all(func(c fault.Counters) uint64 { return c.Corrupted })},
	{name: "reorder", make: faulty(fault.Faults{Reorder: 0.1, ReorderFrames: 4, ReorderTime: time.Millisecond}),
		met: all(func(c fault.Counters) uint64 { return c.Reordered })},
	{name: "duplicate", make: faulty(fault.Faults{Duplicate: 0.1}),
		met: all(func(c fault.Counters) uint64 { return c.Duplicated })},
	{name: "delay", make: faulty(fault.Faults{Delay: 0.1, DelayMin: 100 * time.Microsecond, DelayMax: 100 * time.Millisecond}),
		met: all(func(c fault.Counters) uint64 { return c.Delayed })},
	{name: "all", make: faulty(mixed),
		met: all(func(c fault.Counters) uint64 { return c.Dropped * c.Corrupted * (c.Duplicated + c.Reordered) })},
	// Cuts that heal. With neither loss nor leaps the streams are held up for as long as timers had backed off to.
	{name: "partition", make: func(_ *rand.Rand, p *plan) { p.events = []event{cut}; p.patience = 10 * time.Second },
		met: all(func(c fault.Counters) uint64 { return c.Partitioned })},
	// Clocks that leap, and machines that stand. A leap within a round trip makes for retransmission timers of up to two
	// minutes, which is how long the next lost frame then costs.
	{name: "jump", make: func(rng *rand.Rand, p *plan) {
		p.events = []event{leap, suspend, back}
		if p.patience = time.Minute; rng.IntN(2) == 0 {
			p.faults, p.patience = fault.Faults{Drop: 0.01}, 30*time.Minute
		}
	}, met: func(s *sim) bool { return s.timeouts() > 0 }},
	{name: "memory", make: scarceMemory, met: func(s *sim) bool { return s.starved }},
	{name: "frames", make: scarceFrames, met: func(s *sim) bool {
		return s.a.engine.Stats().Link.TxBackpressure > 0 && s.b.engine.Stats().Endpoint.TxHeld > 0
	}},
	// Small messages that go past the stack's queues, between others that cannot.
	{name: "small", inline: true, make: func(_ *rand.Rand, p *plan) { p.faults, p.most = mixed, 3000 },
		met: func(s *sim) bool {
			a, b := s.a.engine.Stats().Inline, s.b.engine.Stats().Inline
			return a.Sent+b.Sent > 5 && a.Direct+b.Direct > 5
		}},
	// Old segments with old windows, of less than a segment, come last: buffers are of few segments. gVisor's own processors
	// do not survive that (see inline.keepWindow).
	{name: "stale-window", inline: true, make: func(rng *rand.Rand, p *plan) {
		scarceMemory(rng, p)
		if p.arena {
			p.arena = false
			p.stack.ReceiveBuffer, p.stack.MaxReceiveBuffer = 4096, 4096
		}
		p.faults = mixed
	}, met: all(func(c fault.Counters) uint64 { return c.Dropped * (c.Duplicated + c.Reordered) })},
	// Everything at once.
	{name: "worst", make: func(rng *rand.Rand, p *plan) {
		scarceMemory(rng, p)
		scarceFrames(rng, p)
		p.faults = mixed
		p.events = []event{cut, leap, suspend, hoard}
		p.patience = time.Hour
		if !p.arena {
			p.faults.Reorder, p.faults.Duplicate = 0, 0 // see stale-window
		}
	}, met: func(s *sim) bool { return s.starved && s.timeouts() > 0 && len(s.log) > 0 }},
	// Cuts that do not heal.
	{name: "gone", make: func(_ *rand.Rand, p *plan) {
		p.events, p.forever = []event{cut}, true
		p.stack.Burst = 1
		p.patience = 30 * time.Minute
	}, met: all(func(c fault.Counters) uint64 { return c.Partitioned })},
	// A machine that sleeps for longer than its peer has patience.
	{name: "asleep", make: func(_ *rand.Rand, p *plan) {
		p.events, p.forever = []event{sleep}, true
		p.stack.Burst = 1
		p.patience = 2 * time.Hour
	}, met: func(s *sim) bool { return s.timeouts() > 5 }},
}

var mixed = fault.Faults{
	Drop: 0.03, Corrupt: 0.02, Duplicate: 0.03, Reorder: 0.05, ReorderFrames: 3, ReorderTime: time.Millisecond,
}

// scarceMemory: an arena of one superblock serves one size at a time; the service keeps what it pops, and sometimes has
// taken all. It either pushes from the arena too, or through the smallest buffers of the stack.
func scarceMemory(rng *rand.Rand, p *plan) {
	p.limit = 2 << 20
	p.events = []event{hoard}
	p.keep = 20 * time.Millisecond
	if p.arena = rng.IntN(2) == 0; !p.arena {
		p.stack.SendBuffer = 4096 << rng.IntN(5)
		p.stack.ReceiveBuffer = 4096 << rng.IntN(5)
		p.stack.MaxSendBuffer, p.stack.MaxReceiveBuffer = p.stack.SendBuffer, p.stack.ReceiveBuffer
	}
}

// scarceFrames: down to one frame to receive into and one to send from, which is the least that a pipe has.
func scarceFrames(rng *rand.Rand, p *plan) {
	ring := 1 << rng.IntN(4)
	p.Config = pipe.Config{Ring: ring, Frames: ring + 1 + rng.IntN(8)}
	if rng.IntN(4) == 0 {
		p.Config = pipe.Config{Ring: 1, Frames: 2}
	}
	p.stack.MaxHeld = []int{1, 4, 64, 2048}[rng.IntN(4)]
	if rng.IntN(2) == 0 {
		p.faults.Drop = 0.01
	}
}
