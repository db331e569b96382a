package netstack_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
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
		f.After = 4 // both know each other's link address: that of the peer has no checksum, and is not asked for for ever
		x, err := fault.New(d, fault.Config{Seed: seed*2 + uint64(side), TX: f, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return wired{x}
	}
}

// A wired device does not let frames with an unfinished checksum in, for which one in 65,536 damaged ones passes.
type wired struct{ link.Device }

func (d wired) Info() link.Info {
	info := d.Device.Info()
	info.Virtual = false
	return info
}

// TestSimulation: streams are byte-exact and connections end in order over a bad network, for 200 seeds of each
// kind, and twenty times as many with CATAMARAN_LONG=1 in the environment.
func TestSimulation(t *testing.T) {
	t.Run("inline", func(t *testing.T) { simulate(t, netstack.TCPInline, 200) })
	t.Run("stock", func(t *testing.T) { simulate(t, netstack.TCPStock, 10) })
}

func simulate(t *testing.T, tcp netstack.TCP, seeds uint64) {
	if os.Getenv("CATAMARAN_LONG") == "1" {
		seeds *= 20
	}
	if testing.Short() {
		seeds /= 10
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
					o := worldOptions{wrap: bad(t, seed, c.f)}
					o.TCP = tcp
					w := newWorld(t, o)
					a, b := w.connect(seed%2 == 1)
					x := &flow{w: w, from: w.a, to: w.b, out: a, in: b, data: random(seed, 150_000)}
					y := &flow{w: w, from: w.b, to: w.a, out: b, in: a, data: random(seed+1000, 70_000)}
					endings[seed/2%uint64(len(endings))](w, x, y)
				})
			}
		})
	}
}

// endings are the ways in which two flows of one connection end.
var endings = []func(w *world, x, y *flow){
	// Both ends close at once, when all has arrived.
	func(w *world, x, y *flow) {
		w.run(x, y)
		w.close(x, y)
	},
	// Both shut their sending side as soon as all is in the send buffer.
	func(w *world, x, y *flow) {
		x.shut, y.shut = true, true
		w.run(x, y)
		w.close(x, y)
	},
	// One end sends and closes, the other reads until that.
	func(w *world, x, y *flow) {
		x.closes = true
		w.run(x)
		w.close(y)
	},
}

// run moves the data of flows until all has arrived.
func (w *world) run(flows ...*flow) {
	w.Helper()
	for _, f := range flows {
		f.start()
	}
	w.until("all data has arrived", func() bool {
		done := true
		for _, f := range flows {
			done = f.step() && done
		}
		return done
	})
}

// close closes the end that each flow comes from.
func (w *world) close(flows ...*flow) {
	w.Helper()
	began, before := w.now, w.sent()
	var closes []libos.QToken
	for _, f := range flows {
		qt, err := f.from.rt.CloseQueue(f.out)
		w.must(err)
		closes = append(closes, qt)
	}
	for i, f := range flows {
		w.done(f.from, closes[i], nil)
	}
	// Ends that keep answering each other's acknowledgments would send without end.
	if took, n := w.now.Sub(began), w.sent()-before; took > time.Minute || n > 500 {
		w.Errorf("the close took %v and %d frames", took, n)
	}
}

// sent returns how many frames both hosts have sent.
func (w *world) sent() uint64 {
	return w.a.engine.Stats().Endpoint.TxFrames + w.b.engine.Stats().Endpoint.TxFrames
}

// A flow is data in one direction of a connection.
type flow struct {
	w            *world
	from, to     *host
	out, in      libos.QD
	data         []byte
	shut, closes bool // the sender shuts its side, or closes, when the push has completed

	push, pop, end libos.QToken
	sent, read     bool
	got            int
}

func (f *flow) start() {
	f.w.Helper()
	var err error
	f.push, err = f.from.rt.Push(f.out, libos.Bytes(f.data))
	f.w.must(err)
	f.pop, err = f.to.rt.Pop(f.in)
	f.w.must(err)
}

// step makes what progress there is, and reports whether the flow has ended.
func (f *flow) step() bool {
	f.w.Helper()
	f.send()
	for !f.read && f.receive() {
	}
	if f.sent && f.closes && f.end != 0 {
		if res, err := f.from.rt.Wait(f.end, 0); err == nil {
			f.w.must(res.Err)
			f.end = 0
		}
	}
	return f.sent && f.read && f.end == 0
}

func (f *flow) send() {
	f.w.Helper()
	if f.sent {
		return
	}
	res, err := f.from.rt.Wait(f.push, 0)
	if err != nil {
		return
	}
	f.w.must(res.Err)
	f.sent = true
	switch {
	case f.shut:
		err = f.from.rt.Shutdown(f.out, syscall.SHUT_WR)
	case f.closes:
		f.end, err = f.from.rt.CloseQueue(f.out)
	}
	f.w.must(err)
}

func (f *flow) receive() bool {
	f.w.Helper()
	res, err := f.to.rt.Wait(f.pop, 0)
	if err != nil {
		return false
	}
	f.w.must(res.Err)
	ends := f.shut || f.closes
	got, left := res.SGA.Flat(), f.data[f.got:]
	switch {
	case len(got) == 0 && len(left) == 0 && ends:
		f.read = true
		return true
	case len(got) == 0 || len(got) > len(left) || !bytes.Equal(got, left[:len(got)]):
		f.w.Fatalf("after %d of %d bytes: %d other bytes", f.got, len(f.data), len(got))
	}
	f.w.must(f.to.rt.Free(res.SGA))
	if f.got += len(got); f.got == len(f.data) && !ends {
		f.read = true
		return true
	}
	f.pop, err = f.to.rt.Pop(f.in)
	f.w.must(err)
	return true
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
