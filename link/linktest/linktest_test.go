package linktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A broken device is a pipe's side with one thing wrong. The suite must reject it, in the scenario named.
type broken struct {
	name     string
	scenario string
	says     string // part of the reason, so that it is not rejected for another
	wrap     func(q link.Queue) link.Queue
	close    func(d link.Device) error
	setUp    func(up bool) error
	lossy    bool // promises nothing about loss
}

type brokenDevice struct {
	link.Device
	queue link.Queue
	close func(d link.Device) error
}

func (d *brokenDevice) Queue(i int) link.Queue {
	if i != 0 {
		return d.Device.Queue(i)
	}
	return d.queue
}

func (d *brokenDevice) Close() error {
	if d.close != nil {
		return d.close(d.Device)
	}
	return d.Device.Close()
}

// hooks replaces single calls of a queue.
type hooks struct {
	link.Queue
	rx    func(q link.Queue, f []link.Frame) (int, error)
	tx    func(q link.Queue, f []link.Frame) (int, error)
	alloc func(q link.Queue, f []link.Frame) int
	free  func(q link.Queue, f []link.Frame)
	arm   func(q link.Queue) (int, bool)
	stats func(q link.Queue) link.Stats
}

func (h *hooks) RxBurst(f []link.Frame) (int, error) {
	if h.rx != nil {
		return h.rx(h.Queue, f)
	}
	return h.Queue.RxBurst(f)
}

func (h *hooks) TxBurst(f []link.Frame) (int, error) {
	if h.tx != nil {
		return h.tx(h.Queue, f)
	}
	return h.Queue.TxBurst(f)
}

func (h *hooks) Alloc(f []link.Frame) int {
	if h.alloc != nil {
		return h.alloc(h.Queue, f)
	}
	return h.Queue.Alloc(f)
}

func (h *hooks) Free(f []link.Frame) {
	if h.free != nil {
		h.free(h.Queue, f)
		return
	}
	h.Queue.Free(f)
}

func (h *hooks) Arm() (int, bool) {
	if h.arm != nil {
		return h.arm(h.Queue)
	}
	return h.Queue.Arm()
}

func (h *hooks) Stats() link.Stats {
	if h.stats != nil {
		return h.stats(h.Queue)
	}
	return h.Queue.Stats()
}

// rxEach wraps a queue so that each burst received goes through edit.
func rxEach(edit func(q link.Queue, f []link.Frame, n int) int) func(q link.Queue) link.Queue {
	return func(q link.Queue) link.Queue {
		return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.RxBurst(f)
			return edit(q, f, n), err
		}}
	}
}

// statsEach wraps a queue so that its counters go through edit.
func statsEach(edit func(s *link.Stats)) func(q link.Queue) link.Queue {
	return func(q link.Queue) link.Queue {
		return &hooks{Queue: q, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			edit(&s)
			return s
		}}
	}
}

// afterClose turns errors of closed queues into nothing.
func afterClose(q link.Queue) link.Queue {
	return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
		n, _ := q.RxBurst(f)
		return n, nil
	}}
}

var sink []byte

// endLeaked ends what broken devices leak.
var endLeaked []func()

// leak opens a descriptor that nothing makes readable.
func leak() (fd int) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		failf("eventfd: %v", err)
	}
	endLeaked = append(endLeaked, func() { unix.Close(fd) })
	return fd
}

func closeLeaked() {
	for _, end := range endLeaked {
		end()
	}
	endLeaked = nil
}

var brokenDevices = []broken{
	{name: "keeps a received frame", scenario: "G.accounts", says: "Held", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		return max(n-1, 0)
	})},
	{name: "loses a frame in TxBurst", scenario: "G.accounts", says: "Held", wrap: func(q link.Queue) link.Queue {
		return &hooks{Queue: q, tx: func(q link.Queue, f []link.Frame) (int, error) {
			if len(f) < 2 {
				return q.TxBurst(f)
			}
			n, err := q.TxBurst(f[1:])
			return n + 1, err
		}}
	}},
	{name: "lies about free frames", scenario: "G.accounts", says: "accounts sum to", wrap: statsEach(func(s *link.Stats) {
		if s.RxFrames > 100 {
			s.Accounts.Free++
		}
	})},
	{name: "shrinks", scenario: "G.accounts", says: "Total is", wrap: statsEach(func(s *link.Stats) {
		if s.RxFrames > 100 {
			s.Accounts.Free--
			s.Accounts.Total--
		}
	})},
	{name: "has less than no frames", scenario: "G.accounts", says: "negative account", wrap: statsEach(func(s *link.Stats) {
		s.Accounts.RX += s.Accounts.Free + 1
		s.Accounts.Free = -1
	})},
	{name: "counts received frames wrong", scenario: "G.accounts", says: "in RxFrames", wrap: statsEach(func(s *link.Stats) { s.RxFrames /= 2 })},
	{name: "counts received bytes wrong", scenario: "G.accounts", says: "in RxBytes", wrap: statsEach(func(s *link.Stats) { s.RxBytes += s.RxFrames * 4 })},
	{name: "counts sent frames wrong", scenario: "G.accounts", says: "TxFrames", wrap: statsEach(func(s *link.Stats) { s.TxFrames = 0 })},
	{name: "counts sent bytes wrong", scenario: "G.accounts", says: "in TxBytes", wrap: statsEach(func(s *link.Stats) { s.TxBytes = 0 })},
	{name: "counts no back-pressure", scenario: "G.txfull", says: "TxBackpressure", wrap: statsEach(func(s *link.Stats) { s.TxBackpressure = 0 })},
	{name: "loses a frame and does not count it", scenario: "G.accounts", says: "received frame", wrap: func(q link.Queue) link.Queue {
		var frames, bytes uint64
		return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.RxBurst(f)
			if n > 1 {
				frames++
				bytes += uint64(len(f[0].Data))
				q.Free(f[:1])
				n = copy(f, f[1:n])
			}
			return n, err
		}, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			s.RxFrames -= frames
			s.RxBytes -= bytes
			return s
		}}
	}},
	{name: "loses what comes too fast and does not count it", scenario: "G.overrun", says: "are counted as dropped", lossy: true, wrap: func(q link.Queue) link.Queue {
		var frames, bytes uint64
		return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.RxBurst(f)
			if n == len(f) {
				n--
				frames++
				bytes += uint64(len(f[n].Data))
				q.Free(f[n : n+1])
			}
			return n, err
		}, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			s.RxFrames -= frames
			s.RxBytes -= bytes
			return s
		}}
	}},
	{name: "reorders", scenario: "G.accounts", says: "received frame", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		if n > 1 {
			f[0], f[1] = f[1], f[0]
		}
		return n
	})},
	{name: "damages", scenario: "G.accounts", says: "damaged", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		for i := range f[:n] {
			if len(f[i].Data) > 100 {
				f[i].Data[len(f[i].Data)-1] ^= 1
			}
		}
		return n
	})},
	{name: "cuts", scenario: "G.lengths", says: "damaged", wrap: func(q link.Queue) link.Queue {
		var bytes uint64
		return &hooks{Queue: q, rx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.RxBurst(f)
			for i := range f[:n] {
				keep := min(len(f[i].Data), 1000)
				bytes += uint64(len(f[i].Data) - keep)
				f[i].Data = f[i].Data[:keep]
			}
			return n, err
		}, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			s.RxBytes -= bytes
			return s
		}}
	}},
	{name: "drops long frames and does not count them", scenario: "G.lengths", says: "counted", wrap: statsEach(func(s *link.Stats) {
		s.TxInvalid = 0
	})},
	{name: "returns empty frames", scenario: "G.accounts", says: "empty frame", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		if n > 0 {
			f[0].Data = f[0].Data[:0]
		}
		return n
	})},
	{name: "returns more than was asked", scenario: "G.accounts", says: "returned", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		return len(f) + 1
	})},
	{name: "panics on runts", scenario: "G.lengths", says: "panic", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		for i := range f[:n] {
			_ = f[i].Data[link.EthernetHeaderLen-1]
		}
		return n
	})},
	{name: "accepts a double free", scenario: "G.misuse", says: "Held", wrap: statsEach(func(s *link.Stats) {
		s.Accounts.Held -= int(s.NotHeld)
		s.Accounts.Free += int(s.NotHeld)
	})},
	{name: "does not tell a stale frame", scenario: "G.misuse.stale", says: "Held", wrap: statsEach(func(s *link.Stats) {
		s.Accounts.Held -= int(s.NotHeld)
		s.Accounts.Free += int(s.NotHeld)
	})},
	{name: "gives a frame out twice", scenario: "G.exhaust", says: "again", wrap: func(q link.Queue) link.Queue {
		return &hooks{Queue: q, alloc: func(q link.Queue, f []link.Frame) int {
			n := q.Alloc(f)
			if n > 1 {
				f[1] = f[0]
			}
			return n
		}}
	}},
	{name: "allocates in a burst", scenario: "G.allocs", says: "allocates", wrap: rxEach(func(q link.Queue, f []link.Frame, n int) int {
		sink = make([]byte, 16)
		return n
	})},
	{name: "grows", scenario: "G.echo", says: "memory grew", wrap: func() func(q link.Queue) link.Queue {
		return func(q link.Queue) link.Queue {
			var kept [][]byte
			return rxEach(func(q link.Queue, f []link.Frame, n int) int {
				for i := range f[:n] {
					kept = append(kept, make([]byte, 64))
					f[i].Csum = link.Csum(len(kept) & 1)
				}
				return n
			})(q)
		}
	}()},
	{name: "sleeps for ever", scenario: "G.arm", says: "slept", wrap: func(q link.Queue) link.Queue {
		fd := leak()
		return &hooks{Queue: q, arm: func(q link.Queue) (int, bool) { return fd, true }}
	}},
	{name: "never sleeps", scenario: "G.arm", says: "gave up waiting", wrap: func(q link.Queue) link.Queue {
		return &hooks{Queue: q, arm: func(q link.Queue) (int, bool) {
			fd, _ := q.Arm()
			return fd, false
		}}
	}},
	{name: "sleeps over a pending frame", scenario: "G.arm.pending", says: "would sleep", wrap: func(q link.Queue) link.Queue {
		return &hooks{Queue: q, arm: func(q link.Queue) (int, bool) {
			fd, _ := q.Arm()
			return fd, true
		}}
	}},
	{name: "loses the wake-up for room", scenario: "G.arm.full", says: "room in the TX ring", wrap: func(q link.Queue) link.Queue {
		return &hooks{Queue: q, tx: func(q link.Queue, f []link.Frame) (int, error) {
			n, err := q.TxBurst(f)
			var g [1]link.Frame
			if q.Alloc(g[:]) == 1 { // a burst that is whole makes the queue forget
				g[0].Data = g[0].Data[:0]
				q.TxBurst(g[:])
			}
			return n, err
		}, stats: func(q link.Queue) link.Stats {
			s := q.Stats()
			s.TxInvalid = 0
			return s
		}}
	}},
	{name: "works after Close", scenario: "G.close", says: "after Close", wrap: afterClose},
	// The race itself is lost too seldom to test a test with it.
	{name: "loses the eleventh wake-up", scenario: "G.arm.race", says: "slept", wrap: func(q link.Queue) link.Queue {
		dead, sleeps := leak(), 0
		return &hooks{Queue: q, arm: func(q link.Queue) (int, bool) {
			fd, ok := q.Arm()
			if ok {
				sleeps++
			}
			if sleeps > 10 {
				return dead, ok
			}
			return fd, ok
		}}
	}},
	{name: "fails to close", scenario: "G.close", says: "Close", wrap: func(q link.Queue) link.Queue { return q }, close: func(d link.Device) error {
		d.Close()
		return unix.EBUSY
	}},
	{name: "leaks a descriptor", scenario: "G.close.leaks", says: "descriptors", wrap: func(q link.Queue) link.Queue { return q }, close: func(d link.Device) error {
		leak()
		return d.Close()
	}},
	{name: "leaks a goroutine", scenario: "G.close.leaks", says: "goroutines", wrap: func(q link.Queue) link.Queue {
		stop := make(chan struct{})
		go func() { <-stop }()
		endLeaked = append(endLeaked, func() { close(stop) })
		return q
	}},
	{name: "stays down", scenario: "G.updown", says: "to be up", setUp: func(up bool) error { return nil }},
}

// reject runs one scenario on pairs whose sides are both broken.
func reject(t *testing.T, b *broken) error {
	for i := range scenarios {
		if scenarios[i].id != b.scenario {
			continue
		}
		x := &exec{opener: func() Pair {
			pa, pb, err := pipe.New(pipe.Config{})
			if err != nil {
				t.Fatal(err)
			}
			p := Pair{A: pa, B: pb, Lossless: !b.lossy, CloseConcurrent: true, SetUp: b.setUp}
			if b.setUp != nil {
				p.SetUp = func(up bool) error { pa.SetUp(false); return b.setUp(up) }
			}
			if b.wrap != nil {
				p.A = &brokenDevice{Device: pa, queue: b.wrap(pa.Queue(0)), close: b.close}
				p.B = &brokenDevice{Device: pb, queue: b.wrap(pb.Queue(0)), close: b.close}
			}
			return p
		}}
		err := x.execute(&scenarios[i])
		if x.na != "" {
			return fmt.Errorf("does not apply: %s", x.na)
		}
		return err
	}
	t.Fatalf("no scenario %s", b.scenario)
	return nil
}

func TestRejectsBrokenDevices(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = time.Second
	for i := range brokenDevices {
		b := &brokenDevices[i]
		if instrumented && b.scenario == "G.allocs" {
			continue // does not apply
		}
		t.Run(b.name, func(t *testing.T) {
			defer closeLeaked()
			err := reject(t, b)
			switch {
			case err == nil:
				t.Fatalf("%s passes a device that %s", b.scenario, b.name)
			case !strings.Contains(err.Error(), b.says):
				t.Fatalf("%s rejects a device that %s for another reason: %v", b.scenario, b.name, err)
			}
			t.Log(strings.SplitN(err.Error(), "\n", 2)[0])
		})
	}
}

// TestAcceptsPipe shows that the reasons above are the broken devices' and not the suite's.
func TestAcceptsPipe(t *testing.T) {
	Run(t, func(t *testing.T) Pair {
		a, b, err := pipe.New(pipe.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return Pair{A: a, B: b, Lossless: true, CloseConcurrent: true}
	})
}

func TestScenarioIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenarios {
		if seen[s.id] || !strings.HasPrefix(s.id, "G.") || s.what == "" {
			t.Errorf("scenario %q: %q", s.id, s.what)
		}
		seen[s.id] = true
	}
}
