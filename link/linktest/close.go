package linktest

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

// state ends the scenario unless err may be the state of a device that is down or closed.
func (s *side) state(call string, err error) {
	var errno syscall.Errno
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.As(err, &errno) {
		failf("%s: %s: %v is neither net.ErrClosed nor an errno", s.name, call, err)
	}
}

// try sends and receives on s, whatever state it is in.
func (l *lab) try(s *side, f []link.Frame) {
	n := s.alloc(f)
	for i := range f[:n] {
		fill(&f[i], l.headerFrom(s), noFlow, l.minimum())
	}
	sent, err := s.tx(f[:n])
	s.state("TxBurst", err)
	s.free(f[sent:n])
	n, err = s.rx(f)
	s.state("RxBurst", err)
	s.free(f[:n])
}

func upDown(x *exec) {
	l := x.open()
	if l.SetUp == nil {
		x.na = "the device cannot be taken down"
		return
	}
	var f [burst]link.Frame
	for range 3 {
		l.works()
		for i := range 100 {
			if i == 50 {
				if err := l.SetUp(false); err != nil {
					failf("take down: %v", err)
				}
			}
			l.try(l.a, f[:])
			l.try(l.b, f[:])
			if fd, ok := l.a.arm(); !ok && fd == -1 {
				continue
			}
		}
		if err := l.SetUp(true); err != nil {
			failf("take up: %v", err)
		}
		eventually("the device to be up", func() bool {
			n, err := l.a.rx(f[:])
			l.a.state("RxBurst", err)
			l.a.free(f[:n])
			_, errTx := l.a.tx(nil)
			return err == nil && errTx == nil && l.carries(f[:])
		})
		l.settle()
	}
	l.works()
}

// carries tells whether a frame from A has come to B since the last call. Devices with a wire take time to come up.
func (l *lab) carries(f []link.Frame) bool {
	l.try(l.a, f)
	n, err := l.b.rx(f)
	l.b.state("RxBurst", err)
	l.b.free(f[:n])
	return n > 0
}

func closeCalls(x *exec) {
	l := x.open()
	l.works()
	for _, s := range []*side{l.a, l.b} {
		d := l.A
		if s == l.b {
			d = l.B
		}
		var held, f [4]link.Frame
		if n := s.alloc(held[:]); n != len(held) {
			failf("%s: Alloc gave out %d frames, want %d", s.name, n, len(held))
		}
		name := d.Info().Name
		for range 3 {
			if err := d.Close(); err != nil {
				failf("%s: Close: %v", s.name, err)
			}
			if n, err := s.q.RxBurst(f[:]); n != 0 || !errors.Is(err, net.ErrClosed) {
				failf("%s: RxBurst after Close returned %d, %v", s.name, n, err)
			}
			if n, err := s.q.TxBurst(held[:]); n != 0 || !errors.Is(err, net.ErrClosed) {
				failf("%s: TxBurst after Close returned %d, %v", s.name, n, err)
			}
			if n := s.q.Alloc(f[:]); n != 0 {
				failf("%s: Alloc after Close returned %d", s.name, n)
			}
			s.q.Free(held[:])
			s.q.Free(held[:])
			if fd, ok := s.q.Arm(); ok {
				failf("%s: Arm after Close would sleep on descriptor %d", s.name, fd)
			}
			if a := s.q.Stats().Accounts; a.Sum() != a.Total {
				failf("%s: accounts after Close sum to %d, want %d: %+v", s.name, a.Sum(), a.Total, a)
			}
			if got := d.Info().Name; got != name {
				failf("%s: Info after Close names %q, want %q", s.name, got, name)
			}
		}
	}
}

func closePeer(x *exec) {
	l := x.open()
	f := l.flow(l.a.total)
	pushBack(f)
	l.a.free(f.waiting)
	if err := l.B.Close(); err != nil {
		failf("Close of B: %v", err)
	}
	var g [burst]link.Frame
	for range 10 * l.a.total / burst {
		l.try(l.a, g[:])
		l.a.arm()
	}
}

func closeLoad(x *exec) {
	l := x.open()
	there, back := l.flow(l.a.total), l.back(l.b.total)
	pushBack(there)
	pushBack(back)
	l.a.alloc(make([]link.Frame, burst))
	if n, err := l.b.rx(make([]link.Frame, burst)); n == 0 && !l.Faults && l.Lossless {
		failf("B received nothing: %v", err)
	}
	l.close()
}

func closePoll(x *exec) {
	for range 20 {
		l := x.open()
		if !l.CloseConcurrent {
			x.na = "the device must not be closed while it is polled"
			return
		}
		var polls atomic.Int64
		join := alongside(func() {
			var f [burst]link.Frame
			for {
				n := l.a.q.Alloc(f[:])
				for i := range f[:n] {
					fill(&f[i], l.HeaderAB, noFlow, l.minimum())
				}
				sent, _ := l.a.q.TxBurst(f[:n])
				l.a.q.Free(f[sent:n])
				n, err := l.a.q.RxBurst(f[:])
				l.a.q.Free(f[:n])
				if fd, ok := l.a.q.Arm(); ok && fd == -1 {
					failf("A: Arm would sleep on no descriptor")
				}
				polls.Add(1)
				if errors.Is(err, net.ErrClosed) {
					return
				}
				l.a.state("RxBurst", err)
			}
		})
		var f [burst]link.Frame
		eventually("polls", func() bool { l.try(l.b, f[:]); return polls.Load() > 100 })
		l.close()
		join()
	}
}

// closeLeaks opens and closes pairs and counts what is left. The first pair is not counted: it opens what the runtime
// keeps for good, such as its poller.
func closeLeaks(x *exec) {
	cycle := func() {
		l := x.open()
		l.works()
		l.a.arm()
		l.b.arm()
		l.close()
	}
	cycle()
	fds, goroutines := descriptors(), runtime.NumGoroutine()
	for range 3 {
		cycle()
	}
	eventually("goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	if now := descriptors(); now > fds {
		failf("%d descriptors are open after three pairs were opened and closed, %d were before", now, fds)
	}
}

// descriptors counts the open descriptors, where the system tells.
func descriptors() int {
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		failf("count descriptors: %v", err)
	}
	return len(d)
}
