package linktest

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/link"
)

// A Pair is two connected devices: what queue i of one sends, queue i of the other receives.
type Pair struct {
	A, B link.Device

	// HeaderAB and HeaderBA begin every frame that the suite sends from A to B and from B to A. They have the same
	// length. The default is an Ethernet header with the local experimental EtherType 0x88B5 (IEEE 802). A device that
	// steers only some frames to its queues names here what it steers; it sees other frames of the suite only in
	// G.lengths, which cuts the header too.
	HeaderAB, HeaderBA []byte

	// Lossless says that no frame is lost as long as the receiver polls and no more than Window frames are on the way.
	Lossless bool
	// Window limits the frames on the way. 0 is no limit: the device pushes the sender back instead.
	Window int
	// Faults says that the devices lose, repeat, reorder and damage frames on purpose, so that contents are not looked
	// at.
	Faults bool
	// MinFrame is the length in bytes of the shortest frame that is sure to arrive. Shorter ones may vanish outside the
	// device, where it cannot count them. 0 is the length of the header.
	MinFrame int

	// SetUp takes A's interface down and up. nil if that cannot be done.
	SetUp func(up bool) error
	// CloseConcurrent says that Close may be called while another goroutine is inside a call on a queue.
	CloseConcurrent bool

	// Cleanup removes what the Opener made besides the devices. The suite calls it after closing both. After it, no
	// descriptor and no goroutine of the pair may be left. May be nil.
	Cleanup func()
}

// An Opener opens a fresh pair. It ends the test if it cannot.
type Opener func(t *testing.T) Pair

// lab is an open pair with everything that scenarios work with.
type lab struct {
	Pair
	a, b   *side // queue 0 of each
	closed bool
}

// etherType is IEEE 802's local experimental EtherType 1.
const etherType = 0x88b5

func newLab(p Pair) *lab {
	if p.HeaderAB == nil && p.HeaderBA == nil {
		a, b := p.A.Info().MAC, p.B.Info().MAC
		p.HeaderAB = ethernet(b, a)
		p.HeaderBA = ethernet(a, b)
	}
	if len(p.HeaderAB) != len(p.HeaderBA) {
		failf("the pair's headers have %d and %d bytes, must have the same length", len(p.HeaderAB), len(p.HeaderBA))
	}
	if p.MinFrame == 0 {
		p.MinFrame = len(p.HeaderAB)
	}
	return &lab{Pair: p, a: newSide("A", p.A.Queue(0)), b: newSide("B", p.B.Queue(0))}
}

func ethernet(dst, src []byte) []byte {
	h := append([]byte(nil), dst...)
	h = append(h, src...)
	return append(h, etherType>>8, etherType&0xff)
}

// close closes both devices and cleans up, once.
func (l *lab) close() {
	if l.closed {
		return
	}
	l.closed = true
	for _, d := range []link.Device{l.A, l.B} {
		if err := d.Close(); err != nil {
			defer failf("Close of %s: %v", d.Info().Name, err)
		}
	}
	if l.Cleanup != nil {
		l.Cleanup()
	}
}

// limit is the longest frame in bytes that both devices carry.
func (l *lab) limit() int {
	return min(l.A.Info().MTU, l.B.Info().MTU) + link.EthernetHeaderLen
}

// minimum is the shortest frame in bytes that tells the suite its number.
func (l *lab) minimum() int { return max(l.MinFrame, len(l.HeaderAB)+stampLen) }

// A failure ends a scenario. It is a panic so that a scenario's helpers need no error paths and work on any goroutine.
type failure string

func failf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }
