package linktest

import (
	"fmt"

	"github.com/catamaran-os/catamaran/link"
)

func info(x *exec) {
	l := x.open()
	for _, d := range []link.Device{l.A, l.B} {
		i := d.Info()
		if i.Driver == "" || i.Name == "" || i.Mode == "" || len(i.MAC) != 6 || i.MTU < 68 || i.Queues < 1 {
			failf("Info is not complete: %+v", i)
		}
		for q := range i.Queues {
			if d.Queue(q) == nil {
				failf("%s: Queue(%d) is nil, there are %d", i.Name, q, i.Queues)
			}
		}
		for _, q := range []int{-1, i.Queues, 1 << 20} {
			if d.Queue(q) != nil {
				failf("%s: Queue(%d) is not nil, there are %d", i.Name, q, i.Queues)
			}
		}
	}
}

func accounts(x *exec) {
	l := x.open()
	there, back := l.flow(5000), l.back(5000)
	eventually("frames both ways", func() bool {
		if there.send()+there.receive()+back.send()+back.receive() == 0 {
			there.flush()
			back.flush()
		}
		return there.done() && back.done()
	})
	x.note("A %+v", l.a.last)
	x.note("B %+v", l.b.last)
}

func empty(x *exec) {
	l := x.open()
	for range 100 {
		for _, s := range []*side{l.a, l.b} {
			_, err := s.rx(nil)
			s.alive("RxBurst(nil)", err)
			_, err = s.tx(nil)
			s.alive("TxBurst(nil)", err)
			s.alloc(nil)
			s.free(nil)
		}
	}
	var f [burst]link.Frame
	n, err := l.a.rx(f[:])
	l.a.alive("RxBurst", err)
	l.a.free(f[:n])
	l.works()
}

func exhaust(x *exec) {
	l := x.open()
	for _, s := range []*side{l.a, l.b} {
		frames := holdAll(s)
		var f [burst]link.Frame
		n, err := s.rx(f[:])
		s.alive("RxBurst", err)
		s.free(f[:n])
		s.free(frames)
	}
	l.works()
}

// holdAll allocates every free frame of s, each of which must be given out once.
func holdAll(s *side) (frames []link.Frame) {
	var f [burst]link.Frame
	memory := map[*byte]uint64{}
	for {
		n := s.alloc(f[:])
		if n == 0 {
			break
		}
		for _, g := range f[:n] {
			p := &g.Data[:1][0]
			if id, ok := memory[p]; ok {
				failf("%s: Alloc gave out the memory of frame %#x again as frame %#x", s.name, id, g.ID)
			}
			memory[p] = g.ID
		}
		frames = append(frames, f[:n]...)
		if len(frames) > s.total {
			failf("%s: Alloc gave out %d frames of %d", s.name, len(frames), s.total)
		}
	}
	if free := s.last.Accounts.Free; free != 0 {
		failf("%s: Alloc gives out nothing, but %d frames are free", s.name, free)
	}
	return frames
}

// pushBack sends from A, with nobody receiving, until TxBurst is short or enough frames are sent.
func pushBack(f *flow) (full bool) {
	idle := 0
	for f.sent < f.total && idle < 1000 {
		n := f.send()
		if len(f.waiting) > 0 && n == 0 {
			return true
		}
		if n == 0 {
			idle++
		}
	}
	return false
}

func txFull(x *exec) {
	l := x.open()
	limit := l.Window
	if limit == 0 {
		limit = 4 * (l.a.total + l.b.total)
	}
	f := l.flow(limit)
	full := pushBack(f)
	switch {
	case full && l.a.last.TxBackpressure == 0:
		failf("TxBurst was short and counted nothing in TxBackpressure")
	case !full && l.Lossless && l.Window == 0:
		failf("the device promises to push back, and took %d frames without", f.sent)
	case !full:
		x.note("the device took %d frames and never pushed back", f.sent)
	}
	f.total = f.sent + len(f.waiting)
	f.run()
	l.works()
}

// overrun sends more than any device can keep. It asks of the flow only what a device without a window promises.
func overrun(x *exec) {
	l := x.open()
	if l.Faults {
		x.na = "frames are lost on purpose"
		return
	}
	if l.Window > 0 {
		l.Lossless = false
	}
	f := l.flow(4 * (l.a.total + l.b.total))
	pushBack(f)
	l.b.check("sending")
	f.total = f.sent + len(f.waiting)
	arrived := 0
	eventually("what an overrun left", func() bool {
		if f.sent < f.total {
			f.send()
		}
		arrived += f.receive()
		return f.done()
	})
	lost := f.total - arrived
	dropped := int(l.a.last.Drops() + l.b.last.Drops())
	x.note("sent %d, arrived %d, lost %d, counted as dropped %d", f.sent, arrived, lost, dropped)
	if lost > dropped {
		failf("%d frames are lost, %d are counted as dropped: A %+v, B %+v", lost, dropped, l.a.last, l.b.last)
	}
	l.works()
}

// reflectFrame sends each frame back as it came, cut to the minimum, and filled to the limit.
func reflectFrame(x *exec) {
	l := x.open()
	var f [burst]link.Frame
	if l.Faults {
		x.na = "frames are lost on purpose"
		return
	}
	for round, length := range []int{0, l.minimum(), l.limit()} {
		got := 0
		there := l.flow(1)
		there.reply = func(in []link.Frame) {
			for i := range in {
				if length > 0 {
					fill(&in[i], l.HeaderBA, uint64(round), length)
				} else {
					copy(in[i].Data, l.HeaderBA)
				}
			}
			sendAll(l.b, in)
		}
		eventually(fmt.Sprintf("a frame reflected with length %d", length), func() bool {
			there.send()
			there.receive()
			n, err := l.a.rx(f[:])
			l.a.alive("RxBurst", err)
			for _, g := range f[:n] {
				seq, ours := number(g.Data, l.HeaderBA)
				if !ours {
					continue
				}
				want := length
				if want == 0 {
					want = there.length(0)
				}
				if len(g.Data) != want || !intact(g.Data, l.HeaderBA, seq) {
					failf("A received %d bytes, damaged; reflected were %d", len(g.Data), want)
				}
				got++
			}
			l.a.free(f[:n])
			return got == 1
		})
	}
}

// sendAll sends frames that the suite holds, however often the device pushes back.
func sendAll(s *side, f []link.Frame) {
	eventually("a TX ring with room", func() bool {
		n, err := s.tx(f)
		s.alive("TxBurst", err)
		f = f[n:]
		return len(f) == 0
	})
}

func queues(x *exec) {
	l := x.open()
	n := min(l.A.Info().Queues, l.B.Info().Queues)
	if n < 2 {
		x.na = "the devices have one queue"
		return
	}
	for i := range n {
		l.a, l.b = newSide(fmt.Sprintf("A queue %d", i), l.A.Queue(i)), newSide(fmt.Sprintf("B queue %d", i), l.B.Queue(i))
		l.works()
	}
}

func pairs(x *exec) {
	one, two := x.open(), x.open()
	flows := []*flow{one.flow(2000), two.flow(1000), one.back(1500), two.back(500)}
	eventually("frames of two pairs", func() bool {
		done := true
		for _, f := range flows {
			if f.send()+f.receive() == 0 {
				f.flush()
			}
			done = done && f.done()
		}
		return done
	})
	one.close()
	two.works()
}
