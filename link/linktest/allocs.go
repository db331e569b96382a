package linktest

import (
	"testing"

	"github.com/catamaran-os/catamaran/link"
)

func allocs(x *exec) {
	if instrumented {
		x.na = "the build is instrumented and allocates on its own"
		return
	}
	l := x.open()
	a, b := l.A.Queue(0), l.B.Queue(0)
	const n = 16
	var out, in [n]link.Frame
	header, length := l.HeaderAB, l.minimum()
	var stats link.Stats
	round := func() {
		k := a.Alloc(out[:])
		for i := range out[:k] {
			fill(&out[i], header, noFlow, length)
		}
		sent, _ := a.TxBurst(out[:k])
		a.Free(out[sent:k])
		// Frames may be lost here: what is measured is the calls.
		for range 4 {
			k, _ = b.RxBurst(in[:])
			b.Free(in[:k])
			k, _ = a.RxBurst(in[:])
			a.Free(in[:k])
		}
		stats = a.Stats()
	}
	if got := testing.AllocsPerRun(200, round); got != 0 {
		failf("a round of bursts allocates %v times", got)
	}
	if stats.TxFrames == 0 {
		failf("nothing was sent")
	}
}
