package afxdp

import (
	"testing"

	"github.com/catamaran-os/catamaran/internal/netnstest"
	"github.com/catamaran-os/catamaran/link/linktest"
)

// TestConformance runs the suite of package linktest over a veth, with one queue and with two, native and generic.
func TestConformance(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		queues     int
	}{{"native", ModeAuto, 2}, {"generic", ModeGeneric, 1}} {
		t.Run(c.name, func(t *testing.T) { linktest.Run(t, opener(t, c.mode, c.queues)) })
	}
}

// opener returns an Opener. It keeps the veths of closed pairs for the next ones, which also shows that a queue can be
// opened again at once.
func opener(t *testing.T, mode string, queues int) linktest.Opener {
	netnstest.NeedRoot(t)
	var idle []*wire
	t.Cleanup(func() {
		for _, w := range idle {
			w.remove()
		}
	})
	ids := make([]int, queues)
	for i := range ids {
		ids[i] = i
	}
	return func(t *testing.T) linktest.Pair {
		if len(idle) == 0 {
			w, err := makeWire(queues, 1500)
			if err != nil {
				t.Fatal(err)
			}
			idle = append(idle, w)
		}
		w := idle[len(idle)-1]
		idle = idle[:len(idle)-1]
		a, err := w.a.open(Config{Interface: nameA, Mode: mode, Frames: 1024, Addrs: addrsA}, ids...)
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.b.open(Config{Interface: nameB, Mode: mode, Frames: 1024, Addrs: addrsB}, ids...)
		if err != nil {
			a.Close()
			t.Fatal(err)
		}
		return linktest.Pair{
			A: a, B: b,
			HeaderAB: ipv4(ipA, ipB, 0), HeaderBA: ipv4(ipB, ipA, 0),
			Lossless: true,
			Window:   128, // a veth queues 256 frames (VETH_RING_SIZE in drivers/net/veth.c) and drops more
			SetUp:    func(up bool) error { return w.setUp(w.a, nameA, up) },

			CloseConcurrent: true,
			Cleanup:         func() { idle = append(idle, w) },
		}
	}
}
