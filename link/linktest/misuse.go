package linktest

import "github.com/catamaran-os/catamaran/link"

// misuse does what a caller must not do. The device must keep its accounts and give out no frame twice.
func misuse(x *exec) {
	l := x.open()
	for _, m := range []struct {
		name string
		do   func(s *side, f []link.Frame)
	}{
		{"freed twice", func(s *side, f []link.Frame) {
			s.q.Free(f)
			s.q.Free(f)
		}},
		{"freed twice in one call", func(s *side, f []link.Frame) {
			s.q.Free([]link.Frame{f[0], f[0], f[1], f[0], f[1]})
		}},
		{"freed, given out again and freed", func(s *side, f []link.Frame) {
			old := append([]link.Frame(nil), f...)
			s.q.Free(f)
			s.held -= len(f)
			s.check("Free")
			again := holdAll(s)
			s.q.Free(old) // not the frames that are held now
			s.check("Free of an old copy")
			s.free(again)
			s.held += len(f)
		}},
		{"freed and sent", func(s *side, f []link.Frame) {
			s.q.Free(f)
			l.drain(s, f)
		}},
		{"sent twice", func(s *side, f []link.Frame) {
			l.drain(s, append([]link.Frame(nil), f...))
			l.drain(s, f)
		}},
		{"sent twice in one call", func(s *side, f []link.Frame) {
			l.drain(s, []link.Frame{f[0], f[0], f[1], f[0], f[1]})
		}},
		{"sent and freed", func(s *side, f []link.Frame) {
			l.drain(s, append([]link.Frame(nil), f...))
			s.q.Free(f)
		}},
		{"never given out", func(s *side, f []link.Frame) {
			s.q.Free(f)
			for _, id := range []uint64{0, 1, 1 << 31, 1 << 32, 1<<32 - 1, 1 << 63, ^uint64(0), f[0].ID + 1<<32, f[0].ID + 1} {
				g := []link.Frame{{ID: id, Data: make([]byte, 64)}}
				s.q.Free(g)
				l.drain(s, g)
			}
		}},
		{"longer than any frame", func(s *side, f []link.Frame) {
			f[0].Data = make([]byte, 1<<20)
			f[1].Data = nil
			before := s.q.Stats().TxInvalid
			l.drain(s, f)
			if n := s.q.Stats().TxInvalid - before; n != 2 {
				failf("%s: a frame of 1 MiB and one of no byte count %d in TxInvalid, want 2", s.name, n)
			}
		}},
	} {
		for _, s := range []*side{l.a, l.b} {
			catching(m.name, func() {
				var f [2]link.Frame
				eventually("two free frames", func() bool {
					n := s.alloc(f[:])
					if n == 1 {
						s.free(f[:1])
					}
					return n == 2
				})
				for i := range f {
					fill(&f[i], l.headerFrom(s), noFlow, l.minimum())
				}
				m.do(s, f[:])
				s.held -= len(f)
				s.check(m.name)
				s.free(holdAll(s))
			})
		}
	}
	l.settle()
	l.works()
}

// noFlow numbers frames that belong to no flow.
const noFlow = 1 << 60

func (l *lab) headerFrom(s *side) []byte {
	if s == l.a {
		return l.HeaderAB
	}
	return l.HeaderBA
}

// other returns the side that s is connected to.
func (l *lab) other(s *side) *side {
	if s == l.a {
		return l.b
	}
	return l.a
}

// drain passes all of f to TxBurst, without the checks that misuse does not pass, and receives at the other side.
func (l *lab) drain(s *side, f []link.Frame) {
	var in [burst]link.Frame
	eventually("a TX ring with room", func() bool {
		peer := l.other(s)
		k, err := peer.rx(in[:])
		peer.alive("RxBurst", err)
		peer.free(in[:k])
		n, err := s.q.TxBurst(f)
		s.alive("TxBurst", err)
		if n < 0 || n > len(f) {
			failf("%s: TxBurst of %d frames returned %d", s.name, len(f), n)
		}
		f = f[n:]
		return len(f) == 0
	})
}

// catching adds what was tried to a failure.
func catching(what string, f func()) {
	if err := catch(f); err != nil {
		failf("%s: %v", what, err)
	}
}
