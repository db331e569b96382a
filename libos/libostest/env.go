package libostest

import (
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// env is what a running scenario works with.
type env struct {
	TB
	p    *Pair
	open Opener
	v6   bool
	note *notes

	a, b  *side
	hosts []*host // one a runtime

	virtual time.Duration // how far the virtual clock was advanced

	reports []string // of misuse, for scenarios that want them
	leave   bool     // do not tidy: what is open is left to the Close of the pair
	leak    bool     // which has to report it
}

// A host is a runtime with what the scenario has open on it.
type host struct {
	name    string
	rt      *libos.Runtime
	queues  map[libos.QD]bool
	pending map[libos.QToken]*token
	inUse   int64 // when the scenario began
}

// A side is a host and its address: A or B.
type side struct {
	*host
	e    *env
	addr netip.Addr
}

// A token is an operation that the scenario has issued.
type token struct {
	h    *host
	qt   libos.QToken
	qd   libos.QD
	code libos.Opcode
	n    int // push: bytes

	done bool
	res  libos.QResult
}

func (t *token) String() string {
	return fmt.Sprintf("%s: %v %v on qd %v", t.h.name, t.code, t.qt, t.qd)
}

// runOne runs a scenario on a pair of its own.
func runOne(tb TB, open Opener, s *scenario, v6 bool, note *notes) {
	tb.Helper()
	before := takeCensus()
	e := &env{TB: tb, open: open, v6: v6, note: note}
	o := s.opt
	if s.needs&wantMisuse != 0 {
		o.Misuse = func(report string) { e.reports = append(e.reports, report) }
	}
	p := open(tb, o)
	p.setDefaults(p.Advance != nil)
	e.p = p
	finished := false
	defer func() {
		err := p.Close()
		if !finished || tb.Failed() {
			return // what was left open then is no news
		}
		if e.leak && err == nil {
			tb.Errorf("close the pair: no error, want a report of the memory that was not freed")
		}
		if !e.leak && err != nil {
			tb.Errorf("close the pair: %v", err)
		}
		before.compare(tb)
	}()
	e.attach()
	s.run(e)
	if !e.leave {
		e.tidy()
	}
	finished = true
}

// attach makes the sides of the pair.
func (e *env) attach() {
	mk := func(name string, rt *libos.Runtime) *host {
		h := &host{name: name, rt: rt, queues: map[libos.QD]bool{}, pending: map[libos.QToken]*token{}}
		if e.p.InUse != nil {
			h.inUse = e.p.InUse(rt)
		}
		e.hosts = append(e.hosts, h)
		return h
	}
	ha := mk("A", e.p.A)
	hb := ha
	if e.p.B != e.p.A {
		hb = mk("B", e.p.B)
	}
	e.a = &side{host: ha, e: e, addr: e.p.AddrA.of(e.v6)}
	e.b = &side{host: hb, e: e, addr: e.p.AddrB.of(e.v6)}
}

// until drives both runtimes until cond holds.
func (e *env) until(what string, cond func() bool) {
	e.Helper()
	e.drive(what, nil, cond)
}

// drive alternates the runtimes until cond holds. Once nothing moves it advances the virtual clock, or blocks a moment in
// a wait for tok, so that the idle policy has its turn too.
func (e *env) drive(what string, tok *token, cond func() bool) {
	e.Helper()
	const hard = 2 * time.Minute // also when something moves all the time
	start := time.Now()
	moved, movedVirtual := start, e.virtual
	step := time.Millisecond
	for idle := 0; !cond(); {
		progress := false
		for _, h := range e.hosts {
			if h.rt.Poll() {
				progress = true
			}
		}
		if progress {
			idle, step, movedVirtual = 0, time.Millisecond, e.virtual
			if now := time.Now(); now.Sub(start) < hard {
				moved = now
				continue
			}
			e.Fatalf("%s: not within %v though something moves\n%s", what, hard, e.outstanding())
		}
		idle++
		switch {
		case idle < 4:
		case e.p.Advance != nil:
			e.advance(step)
			step = min(2*step, 100*time.Millisecond)
			if e.virtual-movedVirtual > e.p.Patience {
				e.Fatalf("%s: not within %v of virtual time\n%s", what, e.p.Patience, e.outstanding())
			}
		default:
			if time.Since(moved) > e.p.Patience {
				e.Fatalf("%s: not within %v\n%s", what, e.p.Patience, e.outstanding())
			}
			if idle < 64 || tok == nil {
				runtime.Gosched()
				continue
			}
			e.try(tok, 100*time.Microsecond) // sleeps, on a runtime that does
		}
	}
}

func (e *env) advance(d time.Duration) {
	e.virtual += d
	e.p.Advance(d)
}
