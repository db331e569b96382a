package netstack_test

import (
	"errors"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// What tests use of a testing.TB, or of the conformance suite's.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
}

var (
	addrA  = netip.MustParseAddr("10.0.0.1")
	addrB  = netip.MustParseAddr("10.0.0.2")
	addrA6 = netip.MustParseAddr("fd00::1")
	addrB6 = netip.MustParseAddr("fd00::2")
)

// A host is a runtime with one stack.
type host struct {
	rt     *libos.Runtime
	engine *netstack.Engine
	arena  *mem.Arena
	dev    link.Device

	suspended bool // neither the stack nor the service has its turn
}

type hostOptions struct {
	netstack.Config // what is set here stays
	libos.Options
	limit int
}

// newHost opens a stack on a device, and a runtime around it. The runtime closes all three.
func newHost(t tb, dev link.Device, o hostOptions, addrs ...netip.Addr) *host {
	t.Helper()
	arena, err := mem.New(mem.Options{Limit: o.limit, Misuse: o.Misuse})
	if err != nil {
		t.Fatalf("%v", err)
	}
	o.Options.Memory, o.Config.Memory = arena, arena
	if o.Config.Now != nil {
		o.Options.Now = o.Config.Now
	}
	rt, err := libos.New(o.Options)
	if err != nil {
		t.Fatalf("%v", err)
	}
	cfg := o.Config
	cfg.Completed = rt.Completed
	cfg.Queue, cfg.Info, cfg.Device = dev.Queue(0), dev.Info(), dev
	for _, a := range addrs {
		bits := 24
		if a.Is6() {
			bits = 64
		}
		cfg.Addrs = append(cfg.Addrs, netip.PrefixFrom(a, bits))
	}
	e, err := netstack.Open(cfg)
	if err != nil {
		t.Fatalf("%v", errors.Join(err, rt.Close(), dev.Close()))
	}
	rt.Add(e)
	return &host{rt: rt, engine: e, arena: arena, dev: dev}
}

// newPair returns two hosts joined by a pipe. wrap, if set, puts something between a host and its device.
func newPair(t tb, p pipe.Config, o hostOptions, wrap func(side int, d link.Device) link.Device) (a, b *host) {
	t.Helper()
	da, db, err := pipe.New(p)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if wrap == nil {
		wrap = func(_ int, d link.Device) link.Device { return d }
	}
	return newHost(t, wrap(0, da), o, addrA, addrA6), newHost(t, wrap(1, db), o, addrB, addrB6)
}

// A world is two hosts that one goroutine drives, by default on a virtual clock.
type world struct {
	*testing.T
	a, b *host
	now  time.Time

	what string // until waits for

	// A simulation has its own.
	round   func()               // default poll's
	maxTime func() time.Duration // default a minute
}

type worldOptions struct {
	pipe.Config
	hostOptions
	real bool // on the machine's clock
	wrap func(now func() time.Time, side int, d link.Device) link.Device
}

func newWorld(t *testing.T, o worldOptions) *world {
	t.Helper()
	w := &world{T: t, now: time.Unix(1_000_000_000, 0)}
	if !o.real {
		procs := runtime.GOMAXPROCS(1) // see TestConformanceVirtual
		t.Cleanup(func() { runtime.GOMAXPROCS(procs) })
		o.hostOptions.Config.Now = func() time.Time { return w.now }
	}
	var wrap func(int, link.Device) link.Device
	if o.wrap != nil {
		wrap = func(side int, d link.Device) link.Device { return o.wrap(o.hostOptions.Config.Now, side, d) }
	}
	w.a, w.b = newPair(t, o.Config, o.hostOptions, wrap)
	t.Cleanup(func() {
		for _, h := range []*host{w.a, w.b} {
			if err := h.rt.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})
	return w
}

// poll makes a round on both hosts and moves a virtual clock, further if nothing else moves.
func (w *world) poll() {
	if w.round != nil {
		w.round()
		return
	}
	a := w.a.rt.Poll()
	if b := w.b.rt.Poll(); a || b {
		w.now = w.now.Add(20 * time.Microsecond)
	} else {
		w.now = w.now.Add(time.Millisecond)
	}
}

// idle polls for a time of the virtual clock.
func (w *world) idle(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.poll()
	}
}

// until polls until cond, for at most 20 s of the machine's time.
func (w *world) until(what string, cond func() bool) {
	w.Helper()
	w.what = what
	for end := time.Now().Add(20 * time.Second); !cond(); w.poll() {
		if time.Now().After(end) {
			w.Fatalf("timed out waiting until %s\na: %+v\nb: %+v", what, w.a.engine.Stats(), w.b.engine.Stats())
		}
	}
}

// wait returns the result of an operation, polling both hosts.
func (w *world) wait(h *host, qt libos.QToken, err error) libos.QResult {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
	var res libos.QResult
	w.until("token completes", func() bool {
		if h.suspended {
			return false
		}
		res, err = h.rt.Wait(qt, 0)
		return err == nil
	})
	return res
}

// done is wait for an operation that must succeed.
func (w *world) done(h *host, qt libos.QToken, err error) libos.QResult {
	w.Helper()
	res := w.wait(h, qt, err)
	if res.Err != nil {
		w.Fatalf("%v", res.Err)
	}
	return res
}

// patience is how long streams may take to end, in the world's time.
func (w *world) patience() time.Duration {
	if w.maxTime != nil {
		return w.maxTime()
	}
	return time.Minute
}
