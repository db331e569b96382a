package netstack_test

import (
	"errors"
	"math"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// An event changes the world for a time, and once.
type event struct {
	name    string
	longest time.Duration
	// begin returns what ends the event after d, and how it is called in the log. Without an end it is over at once.
	begin func(s *sim, d time.Duration) (end func(), what string)
}

var (
	// The network is cut, one way or both ways. What is on its way still arrives.
	cut = event{"cut", time.Minute, func(s *sim, _ time.Duration) (func(), string) {
		ways := 1 + s.rng.IntN(3)
		for i, x := range s.sides {
			x.net.SetPartition(false, ways>>i&1 == 1)
		}
		return func() {
			for _, x := range s.sides {
				x.net.SetPartition(false, false)
			}
		}, [...]string{"a to b", "b to a", "both ways"}[ways-1]
	}}

	// The clocks of one machine or both leap: what a virtual machine sees that was stopped. All timers are due at once.
	leap = event{"leap", 10 * time.Minute, func(s *sim, d time.Duration) (func(), string) {
		return nil, s.shift(d)
	}}

	// A clock goes back, against its contract: the stack's time stands until the clock is again where it was.
	back = event{"step back", time.Second, func(s *sim, d time.Duration) (func(), string) {
		s.over(d)
		return nil, s.shift(-d)
	}}

	// A machine is suspended, while the other goes on: neither its stack nor its service has a turn.
	suspend = event{"suspend", time.Minute, func(s *sim, _ time.Duration) (func(), string) {
		x := s.sides[s.rng.IntN(2)]
		x.suspended = true
		return func() { x.suspended = false }, x.name()
	}}

	// The same for good, until somebody wakes it.
	sleep = event{"sleep", time.Hour, suspend.begin}

	// The service takes all the memory of a runtime.
	hoard = event{"hoard", 10 * time.Second, func(s *sim, _ time.Duration) (func(), string) {
		x := s.sides[s.rng.IntN(2)]
		var all []libos.SGArray
		for size := 1 << (6 + s.rng.IntN(16)); size >= 1; size /= 2 {
			for {
				sga, err := x.rt.Alloc(size)
				if errors.Is(err, syscall.ENOMEM) {
					break
				}
				s.must(err)
				all = append(all, sga)
			}
		}
		return func() {
			for _, sga := range all {
				s.must(x.rt.Free(sga))
			}
		}, x.name()
	}}
)

func (x *side) name() string { return string(rune('a' + x.index)) }

// shift moves the clock of one host or both.
func (s *sim) shift(d time.Duration) string {
	which := 1 + s.rng.IntN(3)
	for i, x := range s.sides {
		if which>>i&1 == 1 {
			x.ahead += d
		}
	}
	return [...]string{"a", "b", "both"}[which-1]
}

// happen lets an event begin if it is time for one.
func (s *sim) happen() {
	if s.calm < 0 || s.on > 0 {
		return
	}
	if s.calm--; s.calm >= 0 {
		return
	}
	if s.events == 0 {
		return
	}
	s.events--
	s.calm = s.rng.IntN(maxCalm)
	e := s.plan.events[s.rng.IntN(len(s.plan.events))]
	// From 100 us to the longest, short ones as often as long ones: some are over before a timeout, some after many.
	const least = 100 * time.Microsecond
	d := time.Duration(float64(least) * math.Pow(float64(e.longest)/float64(least), s.rng.Float64()))
	end, what := e.begin(s, d)
	s.note("%s %s for %v", e.name, what, d)
	if end == nil || s.plan.forever {
		return
	}
	s.on++
	s.over(d)
	s.after(d, func() {
		s.on--
		end()
		s.note("%s is over", e.name)
	})
}

// over says that an event will be over in d.
func (s *sim) over(d time.Duration) { s.last = max(s.last, s.now.Sub(s.began)+d) }

// maxCalm is how many rounds pass at most between two events. A connection without any takes about as many.
const maxCalm = 30

// start lets events come from now on.
func (s *sim) start() {
	if len(s.plan.events) > 0 {
		s.calm = s.rng.IntN(maxCalm)
	}
}

// settle waits until no event is on, and lets none begin.
func (s *sim) settle() {
	s.Helper()
	s.calm = -1
	s.until("events are over", func() bool { return s.on == 0 })
}
