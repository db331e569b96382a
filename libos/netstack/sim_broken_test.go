package netstack_test

import (
	"math/rand/v2"
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// unsolved are worlds that the stack does not survive yet. They are simulated by name only.
var unsolved = []kind{
	// The stack's sender takes the window from every segment, also from one that was overtaken by newer ones (RFC 9293
	// section 3.10.7.4 has SND.WL1 and SND.WL2 for that). If an old window of less than a segment comes last, and what is
	// first in line was lost, the retransmission timer expires, sends nothing since the window is too small for that, and
	// is not set again. Nothing else is: the connection stands. Buffers of few segments make it likely.
	{name: "stale-window", make: func(rng *rand.Rand, p *plan) {
		scarceMemory(rng, p)
		if p.arena {
			p.arena = false
			p.stack.ReceiveBuffer, p.stack.MaxReceiveBuffer = 4096, 4096
		}
		p.faults = mixed
	}},
}

// broken are worlds in which a simulation has to fail.
var broken = []kind{
	// Not one frame of those that the streams need, as if the stack had stopped.
	{name: "broken-silent", make: faulty(fault.Faults{Drop: 1, After: 50}), says: "timed out"},
	// Other bytes, as if the stack had mixed them up.
	{name: "broken-swapped", make: func(_ *rand.Rand, p *plan) { p.swap = true }, says: "other bytes"},
	// What nobody gives back.
	{name: "broken-memory", says: "memory is left", make: leaky(func(s *sim) {
		_, err := s.a.rt.Alloc(100)
		s.must(err)
	})},
	{name: "broken-frame", says: "frames after the close", make: leaky(func(s *sim) {
		var f [1]link.Frame
		if s.a.dev.Queue(0).Alloc(f[:]) != 1 {
			s.Fatalf("no frame is free")
		}
	})},
	{name: "broken-token", says: "tokens are left", make: leaky(func(s *sim) {
		qd := s.socket(s.a, syscall.AF_INET, syscall.SOCK_DGRAM)
		s.must(s.a.rt.Bind(qd, netip.AddrPortFrom(addrA, 7)))
		_, err := s.a.rt.Pop(qd)
		s.must(err)
		qt, err := s.a.rt.CloseQueue(qd)
		s.done(s.a, qt, err)
	})},
	{name: "broken-socket", says: "until nothing is left", make: leaky(func(s *sim) {
		s.socket(s.a, syscall.AF_INET, syscall.SOCK_STREAM)
	})},
}

func leaky(leak func(s *sim)) func(*rand.Rand, *plan) {
	return func(_ *rand.Rand, p *plan) { p.leak = leak }
}
