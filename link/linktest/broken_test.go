package linktest

import (
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
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
