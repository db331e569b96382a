package netstack_test

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// TestLateProbe: a timer that runs late, since the service took its time, does not take the place of the probes after it,
// and the watch over the connection goes on, so that it is forgotten in the end.
func TestLateProbe(t *testing.T) {
	w := newWorld(t, worldOptions{})
	a, b := w.connect(false)
	w.echo(a, b, libos.Bytes(random(1, 64))) // for a round trip
	_, err := w.a.rt.Push(a, libos.Bytes(random(2, 8000)))
	w.must(err)
	began := w.now
	w.a.rt.Poll()
	// b does not answer. The first probe is due after 2 ms.
	for w.now = w.now.Add(20 * time.Millisecond); w.now.Sub(began) < 45*time.Millisecond; w.now = w.now.Add(time.Millisecond) {
		w.a.rt.Poll()
	}
	if s := w.a.engine.Stats(); s.Inline.Probes != 3 || s.TCP.Timeouts != 0 {
		t.Errorf("%d probes and %d timeouts, want 3 and 0", s.Inline.Probes, s.TCP.Timeouts)
	}
}
