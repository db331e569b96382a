package netstack_test

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// polled is a device that has no descriptor to wait on.
type polled struct{ link.Device }

type polledQueue struct{ link.Queue }

func (d polled) Queue(i int) link.Queue { return polledQueue{d.Device.Queue(i)} }

func (q polledQueue) Arm() (int, bool) { return -1, false }

// TestNap: an engine over such a device does not sleep while frames may come, and sleeps at last, but never for long.
func TestNap(t *testing.T) {
	w := newWorld(t, worldOptions{wrap: func(_ func() time.Time, _ int, d link.Device) link.Device { return polled{d} }})
	nap := func() time.Duration {
		t.Helper()
		for w.a.rt.Poll() || w.b.rt.Poll() {
		}
		_, next, ok := w.a.engine.Arm()
		if !ok {
			return 0
		}
		return next.Sub(w.now)
	}
	w.connect(false)
	nap()
	const ms = time.Millisecond
	for _, c := range []struct{ wait, least, most time.Duration }{
		{0, 0, 0}, {ms, 0, 0}, {1100 * time.Microsecond, ms / 16, ms / 4}, {10 * ms, ms / 2, ms}, {time.Second, ms, ms},
	} {
		w.now = w.now.Add(c.wait)
		if d := nap(); d < c.least || d > c.most {
			t.Errorf("%v later the nap is %v, want %v to %v", c.wait, d, c.least, c.most)
		}
	}
}
