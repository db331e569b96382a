package linktest

import (
	"bytes"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// lengths sends one frame of every length from nothing to all that a frame has room for. The number of a frame is its
// length, because the shortest ones have no room for a stamp.
func lengths(x *exec) {
	l := x.open()
	if l.Faults {
		x.na = "frames are lost and damaged on purpose"
		return
	}
	room := roomOf(l.a)
	arrived := make([]bool, room+1)
	var out, in [1]link.Frame
	receive := func() (n int) {
		n, err := l.b.rx(in[:])
		l.b.alive("RxBurst", err)
		if n > 0 {
			l.arrive(in[0].Data, arrived)
			l.b.free(in[:])
		}
		return n
	}
	for length := range room + 1 {
		eventually("a free frame", func() bool { receive(); return l.a.alloc(out[:]) == 1 })
		fill(&out[0], l.HeaderAB, uint64(length), length)
		eventually("a TX ring with room", func() bool {
			receive()
			n, err := l.a.tx(out[:])
			l.a.alive("TxBurst", err)
			return n == 1
		})
		// At most one frame is on the way, so that no window is exceeded. Frames that may vanish are not waited for.
		if l.promises(length) {
			eventually("a frame that must arrive", func() bool { receive(); return arrived[length] })
		}
	}
	heard := time.Now()
	eventually("the wire to be quiet", func() bool {
		if receive() > 0 {
			heard = time.Now()
		}
		return time.Since(heard) > quiet
	})
	l.a.check("sending every length")

	missing, vanished := 0, 0
	for length, ok := range arrived {
		if !ok {
			missing++
			if length > 0 && length < l.MinFrame {
				vanished++
			}
		}
	}
	a, b := &l.a.last, &l.b.last
	counted := int(a.TxInvalid + a.KickErrors + a.Drops() + b.Drops())
	x.note("lengths 0 to %d: %d did not arrive, %d are counted", room, missing, counted)
	if missing-vanished > counted {
		failf("%d frames vanished, %d of them may; only %d are counted: A %+v, B %+v", missing, vanished, counted, a, b)
	}
	if arrived[0] {
		failf("a frame without a byte arrived")
	}
	l.works()
}

// promises tells whether a frame of that length must arrive.
func (l *lab) promises(length int) bool {
	return l.Lossless && length >= l.MinFrame && length <= l.limit()
}

// roomOf returns the room of a frame of s.
func roomOf(s *side) int {
	var f [1]link.Frame
	if s.alloc(f[:]) != 1 {
		failf("%s: Alloc gives out nothing", s.name)
	}
	defer s.free(f[:])
	return cap(f[0].Data)
}

// arrive notes the arrival of a frame. Frames of others on a real interface begin differently, or are longer than the
// shortest ones that cannot be told apart.
func (l *lab) arrive(data []byte, arrived []bool) {
	var want link.Frame
	want.Data = make([]byte, 0, len(data))
	fill(&want, l.HeaderAB, uint64(len(data)), len(data))
	header := min(len(data), len(l.HeaderAB))
	switch {
	case !bytes.Equal(data[:header], want.Data[:header]):
		return // not ours
	case len(data) >= len(arrived):
		failf("B received %d bytes, the longest frame sent has %d", len(data), len(arrived)-1)
	case !bytes.Equal(data, want.Data):
		failf("B received a frame of %d bytes, damaged", len(data))
	case arrived[len(data)]:
		failf("B received the frame of %d bytes twice", len(data))
	}
	arrived[len(data)] = true
}
