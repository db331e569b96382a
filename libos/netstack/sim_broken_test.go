package netstack_test

import (
	"math/rand/v2"
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

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
