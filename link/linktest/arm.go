package linktest

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// wakes is how often two sleepers wake each other in G.arm.race. A wake-up lost once in a thousand is found by one run
// in two or three, and CI runs it all day.
const wakes = 5000

// readable waits for fd, at most for d.
func readable(fd int, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(p, max(0, int(time.Until(deadline).Milliseconds())))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			failf("poll: %v", err)
		case n > 0 && p[0].Revents&(unix.POLLNVAL|unix.POLLERR) != 0:
			failf("poll of the descriptor that Arm returned: events %#x", p[0].Revents)
		}
		return n > 0
	}
}

// armed receives and frees until s is ready to sleep. ok is false if the device must be polled.
func (s *side) armed() (fd int, ok bool) {
	var f [burst]link.Frame
	eventually("nothing to do", func() bool {
		n, err := s.rx(f[:])
		s.alive("RxBurst", err)
		s.free(f[:n])
		fd, ok = s.arm()
		return ok || fd == -1
	})
	return fd, ok
}

// sleeps opens a pair for a scenario that sleeps.
func (x *exec) sleeps() (l *lab, ok bool) {
	l = x.open()
	if l.Faults {
		x.na = "the frame to wait for is lost on purpose"
		return l, false
	}
	for _, s := range []*side{l.a, l.b} {
		if _, ok := s.armed(); !ok {
			x.na = "the device has no descriptor and must be polled"
			return l, false
		}
	}
	return l, true
}

// sendOne sends frame seq from s.
func (l *lab) sendOne(s *side, seq uint64) {
	var f [1]link.Frame
	eventually("a free frame", func() bool { return s.alloc(f[:]) == 1 })
	fill(&f[0], l.headerFrom(s), seq, l.minimum())
	sendAll(s, f[:])
}

// expectOne polls s until frame seq has come.
func (l *lab) expectOne(s *side, seq uint64) {
	var f [burst]link.Frame
	eventually("the frame that the sleeper was woken for", func() bool {
		n, err := s.rx(f[:])
		s.alive("RxBurst", err)
		defer s.free(f[:n])
		return l.find(s, f[:n], seq)
	})
}

// find tells whether frame seq for s is among f.
func (l *lab) find(s *side, f []link.Frame, seq uint64) bool {
	header := l.HeaderAB
	if s == l.a {
		header = l.HeaderBA
	}
	for i := range f {
		if got, ours := number(f[i].Data, header); ours {
			if got != seq {
				failf("%s received frame %d, want %d", s.name, got, seq)
			}
			return true
		}
	}
	return false
}

func arm(x *exec) {
	l, ok := x.sleeps()
	if !ok {
		return
	}
	for seq := range uint64(20) {
		var fd int
		eventually("a descriptor that is not readable without a frame", func() bool {
			fd, _ = l.b.armed()
			return !readable(fd, 0)
		})
		l.sendOne(l.a, seq)
		if !readable(fd, patience) {
			failf("B slept over frame %d", seq)
		}
		l.expectOne(l.b, seq)
	}
}

func armPending(x *exec) {
	l, ok := x.sleeps()
	if !ok {
		return
	}
	fd, _ := l.b.armed()
	l.sendOne(l.a, 0)
	if !readable(fd, patience) {
		failf("B slept over frame 0")
	}
	for range 3 {
		if fd, ok := l.b.arm(); ok && !readable(fd, patience) {
			failf("Arm would sleep while a frame is there")
		}
	}
	l.expectOne(l.b, 0)
}

func armFull(x *exec) {
	l, ok := x.sleeps()
	if !ok {
		return
	}
	if l.Window > 0 {
		x.na = "the device does not push back"
		return
	}
	f := l.flow(4 * (l.a.total + l.b.total))
	if !pushBack(f) {
		x.na = "the device did not push back"
		return
	}
	fd, ok := l.a.arm()
	if !ok {
		failf("Arm reports progress on a TX ring that is full")
	}
	eventually("room in the TX ring", func() bool { f.receive(); return readable(fd, 0) })
	if f.send() == 0 {
		failf("A was woken and TxBurst takes nothing")
	}
	f.total = f.sent + len(f.waiting)
	f.run()
}

// armFreed has B hold all its frames, so that it can receive none, and free them only just before it sleeps.
func armFreed(x *exec) {
	l, ok := x.sleeps()
	if !ok {
		return
	}
	limit := l.Window
	if limit == 0 {
		limit = 4 * (l.a.total + l.b.total)
	}
	f := l.flow(limit)
	all := holdAll(l.b)
	var held []link.Frame
	f.reply = func(in []link.Frame) { held = append(held, in...) }
	for quietRounds := 0; f.sent < f.total && quietRounds < 1000; quietRounds++ {
		if f.send()+f.receive() > 0 {
			quietRounds = 0
		}
	}
	if f.received == 0 {
		failf("B received nothing")
	}
	rest := f.sent - f.received
	l.b.free(append(all, held...))
	f.reply = nil
	if l.Window > 0 && rest > 0 {
		// Frames that came while B had no room are lost as any device loses them.
		x.note("%d frames were lost while B had no free frame", rest)
		l.settle()
		f.received = f.sent
	}
	fdA, okA := l.a.arm()
	fdB, okB := l.b.arm()
	if okB && len(f.waiting) > 0 && okA && !readable(fdA, patience) && !readable(fdB, 0) {
		failf("A was pushed back, B freed its frames and sleeps, and nobody wakes")
	}
	f.total = f.sent + len(f.waiting)
	f.run()

	fdB, _ = l.b.armed()
	l.sendOne(l.a, 0)
	if !readable(fdB, patience) {
		failf("B slept over a frame after it had held all frames")
	}
	l.expectOne(l.b, 0)
}

// armRace passes one frame to and fro between two goroutines that sleep whenever they can.
func armRace(x *exec) {
	l, ok := x.sleeps()
	if !ok {
		return
	}
	bounce := func(s *side, begin bool) {
		if begin {
			l.sendOne(s, 0)
		}
		var f [burst]link.Frame
		for seq := uint64(0); seq < wakes; {
			n, err := s.rx(f[:])
			s.alive("RxBurst", err)
			found := l.find(s, f[:n], seq)
			s.free(f[:n])
			if found {
				if seq++; !begin || seq < wakes {
					next := seq
					if !begin {
						next--
					}
					l.sendOne(s, next)
				}
				continue
			}
			if fd, ok := s.arm(); ok && !readable(fd, patience) {
				failf("%s slept over frame %d", s.name, seq)
			}
		}
	}
	join := alongside(func() { bounce(l.b, false) })
	err := catch(func() { bounce(l.a, true) })
	join()
	if err != nil {
		failf("%v", err)
	}
}
