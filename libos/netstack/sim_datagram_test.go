package netstack_test

import (
	"bytes"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link/fault"
)

// TestDatagramsOverBadNetwork: datagrams are lost or doubled, but never damaged.
func TestDatagramsOverBadNetwork(t *testing.T) {
	w := newWorld(t, worldOptions{wrap: bad(t, 3, fault.Faults{Drop: 0.05, Corrupt: 0.1, Duplicate: 0.05})})
	a, b, at := w.datagrams()
	const n = 2000
	seen := 0
	pop, err := w.b.rt.Pop(b)
	w.must(err)
	for i := range n {
		msg := random(uint64(i), 100+i%1000)
		qt, err := w.a.rt.PushTo(a, libos.Bytes(append([]byte{byte(i >> 8), byte(i)}, msg...)), at)
		w.done(w.a, qt, err)
		for range 3 {
			w.poll()
			res, err := w.b.rt.Wait(pop, 0)
			if err != nil {
				continue
			}
			w.must(res.Err)
			got := res.SGA.Flat()
			k := int(got[0])<<8 | int(got[1])
			if !bytes.Equal(got[2:], random(uint64(k), 100+k%1000)) {
				t.Fatalf("datagram %d is damaged", k)
			}
			seen++
			w.must(w.b.rt.Free(res.SGA))
			pop, err = w.b.rt.Pop(b)
			w.must(err)
		}
	}
	if seen < n*7/10 || w.b.engine.Stats().Endpoint.RxBadChecksum == 0 {
		t.Errorf("%d of %d datagrams: %+v", seen, n, w.b.engine.Stats())
	}
}
