package netstack_test

import (
	"errors"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// giveUp lives through a network that is cut for good, or a machine that sleeps for long. Both ends have sent something
// that is not acknowledged. Either the stacks give up, or the services do, and close.
func (s *sim) giveUp(x, y *flow) {
	s.Helper()
	x.start()
	y.start()
	s.calm, s.events = s.rng.IntN(5), 1
	s.until("the event begins", func() bool {
		x.step()
		y.step()
		return s.events == 0
	})
	asleep := s.a.suspended || s.b.suspended
	if s.rng.IntN(2) == 0 && !asleep {
		s.idleFor(time.Minute)
		s.close(x, y)
		for _, f := range []*flow{x, y} {
			s.ends(f.to, f.pop, nil, syscall.ECANCELED)
		}
	} else {
		if x.to.suspended {
			x, y = y, x
		}
		s.drain(x)
		if asleep {
			s.note("the machine wakes")
			y.to.suspended = false
		}
		s.drain(y)
		s.close(x, y)
	}
	for _, f := range []*flow{x, y} {
		for _, p := range f.pushes {
			s.ends(f.from, p.qt, append(gaveUp, nil, syscall.ECANCELED)...)
		}
	}
}

// drain pops until the stack says that the connection has ended.
func (s *sim) drain(f *flow) {
	s.Helper()
	for {
		res := s.wait(f.to, f.pop, nil)
		if res.Err != nil {
			s.oneOf(res, gaveUp...)
			return
		}
		s.must(f.to.rt.Free(res.SGA))
		var err error
		f.pop, err = f.to.rt.Pop(f.in)
		s.must(err)
	}
}

// gaveUp is how the stack may end a connection: nothing was acknowledged; the neighbour could not be found either, which is
// then the better reason (tcp_write_err in net/ipv4/tcp_timer.c); or the peer gave up before, and told.
var gaveUp = []error{syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ECONNRESET}

// ends takes a result that must be there.
func (s *sim) ends(h *host, qt libos.QToken, want ...error) {
	s.Helper()
	res, err := h.rt.Wait(qt, 0)
	s.must(err)
	s.oneOf(res, want...)
	s.must(h.rt.Free(res.SGA))
}

func (s *sim) oneOf(res libos.QResult, want ...error) {
	s.Helper()
	for _, err := range want {
		if errors.Is(res.Err, err) || res.Err == nil && err == nil {
			return
		}
	}
	s.Errorf("%v ended with %v, want one of %v", res.Opcode, res.Err, want)
}

func (s *sim) idleFor(d time.Duration) {
	over := false
	s.after(d, func() { over = true })
	s.until("it is later", func() bool { return over })
}
