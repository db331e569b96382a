package scripttest

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

// latency is how long a frame takes from host to host. What scripts inject arrives at once.
const latency = 10 * time.Millisecond

// A wire joins the hosts of a run. It moves the clock when nothing else moves, to the next frame or timer.
type wire struct {
	names
	hosts   []*host
	now     time.Time
	start   time.Time
	flight  []flying // by arrival
	rules   []*rule
	cut     bool
	opts    options
	sent    []*packet // by hosts, without what is hidden
	trace   []string
	stopped error // the first error of a host
}

// options are those lines of a script that stand before all others.
type options struct {
	family    Family // 0: both
	byHand    bool   // there is no host b
	neighbors bool   // ARP and ND are shown, and left to the hosts and the script
	noTimes   bool   // the trace has no times
	stock     bool   // the trace of TCPStock is the same
	config    netstack.Config
}

type flying struct {
	at    time.Time
	frame []byte
}

func newWire(f Family, tcp netstack.TCP, o options) (*wire, error) {
	w := &wire{
		names: names{family: f, ports: ports{}, isn: map[[2]station]uint32{}, ids: map[string][]uint32{}},
		now:   time.Unix(1_000_000_000, 0),
		opts:  o,
	}
	w.start = w.now
	o.config.TCP = tcp
	for _, name := range []string{"a", "b"} {
		if name == "b" && o.byHand {
			break
		}
		h, err := newHost(name, f, o.config, func() time.Time { return w.now })
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.hosts = append(w.hosts, h)
	}
	if o.neighbors {
		return w, nil
	}
	// Hosts that ask each other later would hold the first packet back, differently in each family.
	for _, h := range w.hosts {
		peer := "b"
		if h.name == "b" {
			peer = "a"
		}
		p := &packet{src: station{host: peer}, dst: station{host: h.name}, kind: "who-has", fields: []field{{"target", h.name}}}
		b, err := w.build(p, nil)
		if err == nil {
			err = h.deliver(b)
		}
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	return w, nil
}

func macsOf(name string) [2]net.HardwareAddr {
	return [2]net.HardwareAddr{mac(hosts[name]), mac(0x80 | hosts[name])} // the far end's is not used
}

func (w *wire) close() (err error) {
	for _, h := range w.hosts {
		err = errors.Join(err, h.close())
	}
	return err
}

func (w *wire) host(name string) *host {
	i := slices.IndexFunc(w.hosts, func(h *host) bool { return h.name == name })
	if i < 0 {
		return nil
	}
	return w.hosts[i]
}

// log adds a line to the trace.
func (w *wire) log(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if !w.opts.noTimes {
		line = fmt.Sprintf("%8.3f %s", w.now.Sub(w.start).Seconds(), line)
	}
	w.trace = append(w.trace, line)
}

// until lets time pass until done, for at most limit, and reports whether it is done.
func (w *wire) until(limit time.Duration, done func() bool) bool {
	end := w.now.Add(limit)
	const most = 1000 // times that a host says that it can go on at once, and does not
	for stuck := 0; ; stuck++ {
		if stuck == most {
			w.fail(fmt.Errorf("a host has something to do at %v and does not do it", w.now.Sub(w.start)))
		}
		w.settle()
		if w.stopped != nil || done() {
			return w.stopped == nil
		}
		if !w.now.Before(end) {
			return false
		}
		next := end
		if len(w.flight) > 0 && w.flight[0].at.Before(next) {
			next = w.flight[0].at
		}
		for _, h := range w.hosts {
			if _, at, ok := h.engine.Arm(); ok && !at.IsZero() && at.Before(next) {
				next = at
			} else if !ok {
				next = w.now // it can go on at once
			}
		}
		if next.After(w.now) {
			w.now, stuck = next, 0
		}
	}
}

// settle does all that happens at one point in time.
func (w *wire) settle() {
	// Goroutines of the stack may have to run in between. A yield does not always let them.
	const quiet, most = 6, 100_000
	for idle, rounds := 0, 0; idle < quiet && w.stopped == nil; rounds++ {
		if rounds == most {
			w.fail(fmt.Errorf("hosts do not come to rest at %v", w.now.Sub(w.start)))
		}
		moved := w.arrive()
		for _, h := range w.hosts {
			moved = h.rt.Poll() || moved
			moved = w.collect(h) || moved
			moved = w.reap(h) || moved
		}
		if idle++; moved {
			idle = 0
		}
		runtime.Gosched()
	}
}

func (w *wire) fail(err error) {
	if w.stopped == nil && err != nil {
		w.stopped = err
	}
}

// arrive delivers what has come to its end.
func (w *wire) arrive() (moved bool) {
	for len(w.flight) > 0 && !w.flight[0].at.After(w.now) {
		b := w.flight[0].frame
		w.flight = w.flight[1:]
		moved = true
		for _, h := range w.hosts {
			if b[5] == hosts[h.name] || b[0]&1 != 0 && b[11] != hosts[h.name] {
				w.fail(h.deliver(b))
			}
		}
	}
	return moved
}

func (w *wire) fly(b []byte, after time.Duration) {
	w.flight = append(w.flight, flying{w.now.Add(after), b})
	slices.SortStableFunc(w.flight, func(x, y flying) int { return cmp.Compare(x.at.UnixNano(), y.at.UnixNano()) })
}

// collect takes what a host has sent, shows it and sends it on.
func (w *wire) collect(h *host) (moved bool) {
	frames, err := h.sent()
	w.fail(err)
	for _, b := range frames {
		p, err := w.decode(b)
		switch {
		case err != nil:
			w.fail(fmt.Errorf("host %s sent what cannot be read: %w", h.name, err))
		case p == nil:
		case (p.kind == "who-has" || p.kind == "is-at") && !w.opts.neighbors:
			w.answer(h, p)
		default:
			w.sent = append(w.sent, p)
			if p.kind != "who-has" && p.kind != "is-at" {
				h.last = b[header.EthernetMinimumSize:]
			}
			w.carry(p, b)
		}
	}
	return len(frames) > 0
}

// answer tells a host at once where another is.
func (w *wire) answer(h *host, p *packet) {
	target := p.word("target")
	if p.kind == "is-at" || hosts[target] == 0 || target == "n" {
		return
	}
	b, err := w.build(&packet{src: station{host: target}, dst: station{host: h.name}, kind: "is-at", fields: []field{{"target", target}}}, nil)
	w.fail(err)
	w.fail(h.deliver(b))
}

// inject delivers a packet of the script.
func (w *wire) inject(p *packet) error {
	h := w.host(p.dst.host)
	if p.dst.host == "all" {
		h = w.hosts[0]
	}
	if h == nil {
		return fmt.Errorf("%v is not a host that runs", p.dst)
	}
	b, err := w.build(p, h.last)
	if err != nil {
		return err
	}
	w.log("%v (injected)", p)
	return h.deliver(b)
}
