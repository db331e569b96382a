package netstack_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A sim is a world in which everything follows from an ID: what goes wrong, when, and what is sent. Each host has a clock
// of its own over the world's. When nothing moves the world goes to the next moment at which something can: a timer of a
// stack, a frame that was held back, an alarm of the simulation.
type sim struct {
	*world
	id    simID
	plan  plan
	rng   *rand.Rand // of the simulation itself
	sides [2]*side
	trace trace

	began  time.Time
	alarms []alarm
	seen   uint64        // frames, when the last round began
	idle   int           // rounds in which nothing moved
	calm   int           // rounds in which something moves, before the next event; negative: there are no more
	events int           // that may still come
	on     int           // that are on
	last   time.Duration // since it began, when the last event was over
	log    []string
	// starved says that operations of a stack waited for memory.
	starved bool
}

// A side is a host with its cable and its clock.
type side struct {
	*host
	index int
	net   *fault.Device
	ahead time.Duration // of the world's clock
}

// An alarm is something that the simulation itself does at its time.
type alarm struct {
	at time.Time
	f  func()
}

// A plan is what a kind of simulation makes of its random numbers.
type plan struct {
	pipe.Config
	stack    netstack.Config
	faults   fault.Faults
	limit    int           // of the arenas, in bytes
	events   []event       // that may come, at most five in all
	arena    bool          // what is pushed is in memory of the arena
	most     int           // bytes of a push; 0: all at once, or what the arena has room for
	keep     time.Duration // for which the service keeps what it popped, at most
	swap     bool          // the network swaps bytes in a way that no checksum notices
	forever  bool          // an event does not end by itself, and not all is expected to arrive
	leak     func(*sim)    // called before the end
	patience time.Duration // see limit. Default a minute
}

func newSim(t *testing.T, id simID, k kind) *sim {
	t.Helper()
	s := &sim{
		world: &world{T: t, now: time.Unix(1_000_000_000, 0)},
		id:    id,
		rng:   rand.New(rand.NewPCG(id.seed, k.stream())),
	}
	k.make(s.rng, &s.plan)
	if len(s.plan.events) > 0 && s.plan.stack.Burst == 0 {
		s.plan.stack.Burst = 1 << s.rng.IntN(3) // otherwise all has arrived after a few rounds
	}
	s.began, s.world.round, s.maxTime = s.now, s.round, s.limit
	s.calm, s.events = -1, 1+s.rng.IntN(5)
	t.Cleanup(s.report)
	t.Cleanup(s.packets)
	procs := runtime.GOMAXPROCS(1) // see TestConformanceVirtual
	t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
	da, db, err := pipe.New(s.plan.Config)
	s.must(err)
	s.a = s.open(0, da, addrA, addrA6)
	s.b = s.open(1, db, addrB, addrB6)
	return s
}

func (s *sim) open(i int, d link.Device, addrs ...netip.Addr) *host {
	s.Helper()
	x := &side{index: i}
	now := func() time.Time { return s.now.Add(x.ahead) }
	f := s.plan.faults
	f.After = max(f.After, 4) // both know each other's link address: that of the peer has no checksum, and is not asked for for ever
	var err error
	x.net, err = fault.New(d, fault.Config{Seed: s.rng.Uint64(), TX: f, Now: now})
	s.must(err)
	o := hostOptions{Config: s.plan.stack, limit: s.plan.limit}
	o.Config.TCP, o.Config.Now, o.Config.Random = s.id.tcp, now, newSource(s.rng.Uint64())
	x.host = newHost(s, traced{Device: wired{x.net}, s: s, side: i}, o, addrs...)
	s.sides[i] = x
	s.Cleanup(func() {
		if err := x.rt.Close(); err != nil {
			s.Errorf("close: %v", err)
		}
	})
	return x.host
}

// round gives each host that is not suspended its turn, and moves the clock.
func (s *sim) round() {
	s.Helper()
	moved := s.trace.frames != s.seen // the service's own calls make rounds too
	for _, x := range s.sides {
		if !x.suspended && x.rt.Poll() {
			moved = true
		}
		s.starved = s.starved || x.engine.Starved()
	}
	s.seen = s.trace.frames
	switch {
	case moved:
		s.idle = 0
		s.now = s.now.Add(step)
		s.happen()
	case s.idle == 0:
		// A goroutine of the stack may have something left, and the service has not had its turn.
		runtime.Gosched()
		s.idle++
		s.now = s.now.Add(step)
	default:
		s.now = s.next()
	}
	s.ring()
	if s.now.Sub(s.began) > s.patience() {
		s.Fatalf("timed out waiting until %s, after %v of the world's time\na: %v %+v\nb: %v %+v", s.what, s.now.Sub(s.began),
			s.a.engine.States(), s.a.engine.Stats(), s.b.engine.States(), s.b.engine.Stats())
	}
}

// step is how long a round takes in which something moves.
const step = 20 * time.Microsecond

// next returns the next time at which something can happen by itself.
func (s *sim) next() time.Time {
	next := s.now.Add(time.Second) // nothing is set: time shows that it does not end
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	for _, a := range s.alarms {
		sooner(a.at)
	}
	for _, x := range s.sides {
		if x.suspended {
			continue
		}
		if t := x.engine.NextTimer(); !t.IsZero() {
			sooner(t.Add(-x.ahead))
		}
		// What is due and did not go on found no free frame, or no room.
		if t, ok := x.net.Next(0); ok && t.Add(-x.ahead).After(s.now) {
			sooner(t.Add(-x.ahead))
		}
	}
	if least := s.now.Add(step); next.Before(least) {
		return least
	}
	return next
}

// after lets f happen in d.
func (s *sim) after(d time.Duration, f func()) {
	s.alarms = append(s.alarms, alarm{s.now.Add(d), f})
}

// ring lets happen what is due.
func (s *sim) ring() {
	for i := 0; i < len(s.alarms); {
		a := s.alarms[i]
		if a.at.After(s.now) {
			i++
			continue
		}
		s.alarms = append(s.alarms[:i], s.alarms[i+1:]...)
		a.f()
	}
}

// note writes the simulation's log, which is shown if it fails.
func (s *sim) note(format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%12v  ", s.now.Sub(s.began))+fmt.Sprintf(format, args...))
}

// source is a random source that goroutines may share.
type source struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func newSource(seed uint64) *source {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return &source{rng: rand.NewChaCha8(key)}
}

// Read implements io.Reader.
func (r *source) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.Read(b)
}

// limit is how long all may take since it began. When the last event is over, a retransmission timer may have backed off to
// as long as all has taken so far, and where measured round trips have an event in them, to twice that and more (RFC 6298
// section 2.3). It is that long for each direction.
func (s *sim) limit() time.Duration {
	most := s.plan.patience
	if most == 0 {
		most = time.Minute
	}
	return most + 5*s.last
}

// timeouts returns how often a retransmission timer has expired.
func (s *sim) timeouts() uint64 {
	return s.a.engine.Stats().TCP.Timeouts + s.b.engine.Stats().TCP.Timeouts
}
