package netstack_test

import (
	"bytes"
	"fmt"
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

// TestSimulation: streams are byte-exact and connections end in order over a bad network, for many seeds.
func TestSimulation(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 8
	}
	for _, c := range []struct {
		name string
		f    fault.Faults
	}{
		{"loss", fault.Faults{Drop: 0.05}},
		{"corrupt", fault.Faults{Corrupt: 0.05}},
		{"reorder", fault.Faults{Reorder: 0.1, ReorderFrames: 4, ReorderTime: time.Millisecond}},
		{"duplicate", fault.Faults{Duplicate: 0.1}},
		{"all", fault.Faults{
			Drop: 0.03, Corrupt: 0.02, Duplicate: 0.03, Reorder: 0.05, ReorderFrames: 3, ReorderTime: time.Millisecond,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					w := newWorld(t, worldOptions{wrap: bad(t, seed, c.f)})
					a, b := w.connect(seed%2 == 1)
					w.stream(a, b, random(seed, 150_000), random(seed+1000, 70_000))
				})
			}
		})
	}
}

// stream sends ab from a to b and ba back, both at once, closes both ends, and checks every byte.
func (w *world) stream(a, b libos.QD, ab, ba []byte) {
	w.Helper()
	x := &flow{w: w, from: w.a, to: w.b, out: a, in: b, data: ab}
	y := &flow{w: w, from: w.b, to: w.a, out: b, in: a, data: ba}
	x.start()
	y.start()
	w.until("all data has arrived", func() bool {
		x.step()
		y.step()
		return x.got == len(ab) && y.got == len(ba) && x.sent && y.sent
	})
	ca, err := w.a.rt.CloseQueue(a)
	w.must(err)
	cb, err := w.b.rt.CloseQueue(b)
	w.must(err)
	// The pops that are pending end with the close.
	w.done(w.a, ca, nil)
	w.done(w.b, cb, nil)
}

// A flow is data in one direction of a connection.
type flow struct {
	w         *world
	from, to  *host
	out, in   libos.QD
	data      []byte
	push, pop libos.QToken
	sent      bool
	got       int
}

func (f *flow) start() {
	f.w.Helper()
	var err error
	f.push, err = f.from.rt.Push(f.out, libos.Bytes(f.data))
	f.w.must(err)
	f.pop, err = f.to.rt.Pop(f.in)
	f.w.must(err)
}

func (f *flow) step() {
	f.w.Helper()
	if !f.sent {
		if res, err := f.from.rt.Wait(f.push, 0); err == nil {
			f.w.must(res.Err)
			f.sent = true
		}
	}
	for f.got < len(f.data) {
		res, err := f.to.rt.Wait(f.pop, 0)
		if err != nil {
			return
		}
		f.w.must(res.Err)
		got := res.SGA.Flat()
		if len(got) == 0 || len(got) > len(f.data)-f.got || !bytes.Equal(got, f.data[f.got:f.got+len(got)]) {
			f.w.Fatalf("after %d of %d bytes: %d other bytes", f.got, len(f.data), len(got))
		}
		f.got += len(got)
		f.w.must(f.to.rt.Free(res.SGA))
		if f.got < len(f.data) {
			f.pop, err = f.to.rt.Pop(f.in)
			f.w.must(err)
		}
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
