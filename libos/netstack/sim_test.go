package netstack_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/fault"
)

// random returns n bytes that depend on seed alone.
func random(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// bad wraps devices in a network that loses, doubles, turns round and damages frames.
func bad(t *testing.T, seed uint64, f fault.Faults) func(func() time.Time, int, link.Device) link.Device {
	return func(now func() time.Time, side int, d link.Device) link.Device {
		x, err := fault.New(d, fault.Config{Seed: seed*2 + uint64(side), TX: f, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

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
