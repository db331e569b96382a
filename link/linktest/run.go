package linktest

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
)

// A scenario has a stable id, which tables, CI and other suites refer to.
type scenario struct {
	id   string
	what string
	run  func(x *exec)
}

var scenarios = []scenario{
	{"G.info", "Info is complete, and there is a Queue for each queue and no other", info},
	{"G.accounts", "accounts sum after each call under load, both ways", accounts},
	{"G.empty", "bursts of no frames, and rings without frames, do nothing", empty},
	{"G.exhaust", "accounts sum when the caller holds every frame, and traffic goes on after", exhaust},
	{"G.txfull", "a full TX ring makes TxBurst short and is counted; what it took arrives", txFull},
	{"G.overrun", "a receiver that does not poll: what is lost is counted", overrun},
	{"G.lengths", "runts, giants, every length to the MTU: delivered, or dropped and counted", lengths},
	{"G.reflect", "a received frame is cut, filled to the MTU, and sent back", reflectFrame},
	{"G.segment", "packets of several frames, which the device cuts, arrive whole", segmented},
	{"G.echo", "frames echoed by two goroutines: none lost, memory constant", echo},
	{"G.queues", "each queue pair moves frames of its own", queues},
	{"G.pairs", "two pairs of devices in one process", pairs},
	{"G.misuse", "frames freed twice, sent twice, never given out, or pointing elsewhere are refused", misuse},
	{"G.misuse.stale", "a copy of a frame from before its present use is refused", stale},
	{"G.arm", "sleep until a frame arrives", arm},
	{"G.arm.pending", "Arm does not sleep over a frame that is there", armPending},
	{"G.arm.full", "sleep until a TX ring has room", armFull},
	{"G.arm.freed", "frames freed before Arm receive", armFreed},
	{"G.arm.race", "two sleepers wake each other, many times", armRace},
	{"G.allocs", "bursts, Alloc, Free and Stats allocate nothing", allocs},
	{"G.updown", "the device goes down and up under load", upDown},
	{"G.close", "calls after Close return net.ErrClosed or zero; Close is idempotent", closeCalls},
	{"G.close.peer", "the peer closes under load", closePeer},
	{"G.close.load", "Close with frames held and under way", closeLoad},
	{"G.close.poll", "Close while a poll runs elsewhere", closePoll},
	{"G.close.leaks", "Close leaves no descriptor and no goroutine", closeLeaks},
}

// exec is one execution of a scenario.
type exec struct {
	opener func() Pair
	labs   []*lab
	na     string // why the scenario does not apply
	notes  []string
}

// open opens a pair. It is closed at the end of the scenario at the latest.
func (x *exec) open() *lab {
	l := newLab(x.opener())
	x.labs = append(x.labs, l)
	return l
}

func (x *exec) note(format string, args ...any) {
	x.notes = append(x.notes, fmt.Sprintf(format, args...))
}

// Run puts each scenario through a pair that open opened for it.
func Run(t *testing.T, open Opener) {
	table := &strings.Builder{}
	for i := range scenarios {
		s := &scenarios[i]
		result := "not run"
		t.Run(s.id, func(t *testing.T) {
			result = "failed"
			x := &exec{opener: func() Pair { return open(t) }}
			err := x.execute(s)
			for _, n := range x.notes {
				t.Log(n)
			}
			switch {
			case err != nil:
				t.Fatal(err)
			case x.na != "":
				result = "does not apply: " + x.na
				t.Log(result)
			default:
				result = "passed"
			}
		})
		fmt.Fprintf(table, "\n%-15s %s: %s", s.id, s.what, result)
	}
	t.Log(table)
}

// execute runs s and closes what it opened. A panic is the device's failure like any other.
func (x *exec) execute(s *scenario) (err error) {
	defer func() {
		for _, l := range x.labs {
			if e := catch(l.close); err == nil {
				err = e
			}
		}
	}()
	return catch(func() { s.run(x) })
}

// catch runs f and returns how it failed.
func catch(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = fmt.Errorf("%s", string(r))
		default:
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	f()
	return nil
}

// alongside runs f on another goroutine. The function that it returns waits for f and fails as f failed.
func alongside(f func()) (join func()) {
	result := make(chan error, 1)
	go func() { result <- catch(f) }()
	return func() {
		if err := <-result; err != nil {
			failf("%v", err)
		}
	}
}
