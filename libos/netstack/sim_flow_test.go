package netstack_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
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

// A flow is data in one direction of a connection.
type flow struct {
	w            *world
	from, to     *host
	out, in      libos.QD
	data         []byte
	shut, closes bool // the sender shuts its side, or closes, when the push has completed

	piece func() int          // set: the sender pushes pieces of that size, in memory of its runtime
	keep  func(libos.SGArray) // set: frees what the receiver popped, later

	pushes    []pushed
	pop, end  libos.QToken
	put       int // bytes that were pushed
	sent, got int
	over      bool // all is pushed, and what is to follow has begun
	read      bool
}

type pushed struct {
	qt  libos.QToken
	sga libos.SGArray
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
	closes := make([]libos.QToken, len(flows))
	for i, f := range flows {
		w.until("a machine runs again", func() bool { return !f.from.suspended })
		qt, err := f.from.rt.CloseQueue(f.out)
		w.must(err)
		closes[i] = qt
	}
	for i, f := range flows {
		w.done(f.from, closes[i], nil)
	}
	// Ends that keep answering each other's acknowledgments would send without end.
	took, n := w.now.Sub(began), w.sent()-before
	if most := uint64(500 + took/time.Second); took > w.patience() || n > most {
		w.Errorf("the close took %v and %d frames", took, n)
	}
}

// sent returns how many frames both hosts have sent.
func (w *world) sent() uint64 {
	return w.a.engine.Stats().Endpoint.TxFrames + w.b.engine.Stats().Endpoint.TxFrames
}

func (f *flow) start() {
	f.w.Helper()
	if f.piece == nil {
		f.push(libos.Bytes(f.data))
	}
	var err error
	f.pop, err = f.to.rt.Pop(f.in)
	f.w.must(err)
}

func (f *flow) push(sga libos.SGArray) {
	f.w.Helper()
	qt, err := f.from.rt.Push(f.out, sga)
	f.w.must(err)
	f.pushes = append(f.pushes, pushed{qt, sga})
	f.put += sga.Len()
}

// step makes what progress there is, and reports whether the flow has ended.
func (f *flow) step() bool {
	f.w.Helper()
	if !f.from.suspended && !f.over {
		f.send()
	}
	for !f.read && !f.to.suspended && f.receive() {
	}
	if f.over && f.end != 0 && !f.from.suspended {
		if res, err := f.from.rt.Wait(f.end, 0); err == nil {
			f.w.must(res.Err)
			f.end = 0
		}
	}
	return f.over && f.read && f.end == 0
}

func (f *flow) send() {
	f.w.Helper()
	for len(f.pushes) > 0 {
		p := f.pushes[0]
		res, err := f.from.rt.Wait(p.qt, 0)
		if err != nil {
			break
		}
		f.w.must(res.Err)
		f.w.must(f.from.rt.Free(p.sga))
		f.pushes = f.pushes[1:]
		f.sent += p.sga.Len()
	}
	for f.put < len(f.data) && len(f.pushes) < 4 {
		sga, err := f.from.rt.Alloc(min(f.piece(), len(f.data)-f.put))
		if errors.Is(err, syscall.ENOMEM) {
			break // the service has to wait for memory as well
		}
		f.w.must(err)
		copy(sga.Flat(), f.data[f.put:])
		f.push(sga)
	}
	if f.sent < len(f.data) {
		return
	}
	f.over = true
	var err error
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
	f.got += len(got)
	if f.keep != nil {
		f.keep(res.SGA)
	} else {
		f.w.must(f.to.rt.Free(res.SGA))
	}
	if f.got == len(f.data) && !ends {
		f.read = true
		return true
	}
	f.pop, err = f.to.rt.Pop(f.in)
	f.w.must(err)
	return true
}
