package libostest

import (
	"slices"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

func data() []scenario {
	return []scenario{
		{"D.sizes", needChannel | byFamily, Options{}, dataSizes},
		{"D.segments", needChannel | byFamily, Options{}, dataSegments},
		{"D.duplex", needStream | byFamily, Options{}, dataDuplex},
		{"D.pops", needChannel | byFamily, Options{}, dataPops},
		{"D.boundaries", needMessages, Options{}, dataBoundaries},
		{"D.zerowindow", needStream | byFamily, Options{}, dataZeroWindow},
		{"D.idle", needStream | needVirtual | byFamily, Options{}, dataIdle},
	}
}

// big returns the largest size of the suite, and notes when it is less than 64 MiB.
func (e *env) big() int {
	if testing.Short() || checks {
		e.note.add("8 MiB instead of 64 MiB")
		return 8 << 20
	}
	return large
}

// dataSizes: one push of each size, in both directions.
func dataSizes(e *env) {
	c := e.channel()
	for _, n := range []int{1, 63, 64, 1023, 1460, 1461, 8192, 65535, 65536, 1 << 20, e.big()} {
		e.whole(c, n)
		if c.in.qd != c.out.qd {
			e.whole(channel{c.out, c.in, c.keeps}, n)
		}
	}
}

// whole pushes n bytes at once. Where boundaries are kept they have to come in one pop.
func (e *env) whole(c channel, n int) {
	e.Helper()
	r := &reader{q: c.out, want: content(uint64(n), n)}
	t := c.in.send(r.want)
	if got := r.pop(); c.keeps && got != n {
		e.Fatalf("popped %d bytes of a message of %d", got, n)
	}
	r.all()
	e.ok(t)
}

// dataSegments: arrays of several segments, empty ones among them, in memory of the runtime and of the heap.
func dataSegments(e *env) {
	c := e.channel()
	for _, n := range []int{1, 2, 7, 64} {
		for _, size := range []int{1, 100, 5000} {
			for _, empty := range []bool{false, true} {
				var segs []libos.Segment
				var want []byte
				for i := range n {
					b := content(uint64(i), size+i)
					want = append(want, b...)
					if i%2 == 0 {
						segs = append(segs, libos.Segment{Data: b})
					} else {
						sga, err := c.in.rt.Alloc(len(b))
						e.must(err)
						copy(sga.Seg(0).Data, b)
						segs = append(segs, sga.Seg(0))
					}
				}
				if empty {
					for _, at := range []int{len(segs), len(segs) / 2, 0} {
						segs = slices.Insert(segs, at, libos.Segment{})
					}
				}
				sga := libos.Gather(segs...)
				t := c.in.push(sga)
				e.free(c.in.host, sga)
				r := &reader{q: c.out, want: want}
				if got := r.pop(); c.keeps && got != len(want) {
					e.Fatalf("popped %d bytes of a message of %d", got, len(want))
				}
				r.all()
				e.ok(t)
			}
		}
	}
}

// dataDuplex: both ends send at the same time, more than buffers hold.
func dataDuplex(e *env) {
	a, b := e.connected()
	ra, rb := &reader{q: a, want: content(1, 8<<20)}, &reader{q: b, want: content(2, 8<<20)}
	at, bt := a.send(rb.want), b.send(ra.want)
	for ra.got < len(ra.want) || rb.got < len(rb.want) {
		for _, r := range []*reader{ra, rb} {
			if r.got < len(r.want) && r.pop() == 0 {
				e.Fatalf("end of stream after %d bytes", r.got)
			}
		}
	}
	e.ok(at, bt)
}

// dataPops: pops that wait get the data in the order in which they were issued.
func dataPops(e *env) {
	c := e.channel()
	ts, _ := c.out.pops(16)
	e.idle(ts...)
	const n = 2000
	want := content(5, n*len(ts))
	r := &reader{q: c.out, want: want}
	for i, t := range ts {
		push := c.in.send(want[i*n : (i+1)*n])
		if r.take(t) == 0 {
			e.Fatalf("end of stream after %d bytes", r.got)
		}
		e.ok(push)
		if i%4 == 3 {
			e.settle() // several pushes may share a pop
		}
	}
	r.all()
}

// dataBoundaries: one push, one pop, in order, whether the pop came before or after.
func dataBoundaries(e *env) {
	c := e.messages()
	sizes := []int{1, 1000, 1, 1472, 1473, 9000, 2, 60000}
	for _, before := range []bool{true, false} {
		var pops []*token
		if before {
			pops, _ = c.out.pops(len(sizes))
		}
		for i, n := range sizes {
			e.ok(c.in.send(content(uint64(i), n)))
			e.settle()
		}
		if !before {
			pops, _ = c.out.pops(len(sizes))
		}
		for i, n := range sizes {
			r := &reader{q: c.out, want: content(uint64(i), n)}
			if got := r.take(pops[i]); got != n {
				e.Fatalf("message %d of %d bytes came as %d", i, n, got)
			}
		}
	}
}

// dataZeroWindow: a reader that sleeps stops the writer, and memory does not grow meanwhile. Nothing is lost.
func dataZeroWindow(e *env) {
	a, b := e.connected()
	n := e.big()
	r := &reader{q: b, want: content(6, n)}
	var ts []*token
	for off := 0; off < n; off += 1 << 20 {
		ts = append(ts, a.send(r.want[off:off+1<<20]))
	}
	e.settle()
	if e.p.Advance != nil {
		for range 30 { // window probes find no room
			e.advance(time.Second)
			e.rest()
		}
	}
	if n >= large {
		if e.try(ts[len(ts)-1], 0) {
			e.Errorf("%d bytes were pushed to a reader that sleeps, and all pushes completed", n)
		}
		const bound = 32 << 20
		for _, h := range e.hosts {
			if e.p.InUse != nil && e.p.InUse(h.rt)-h.inUse > bound {
				e.Errorf("%s holds %d bytes for a reader that sleeps, more than %d", h.name, e.p.InUse(h.rt)-h.inUse, bound)
			}
		}
	}
	r.all()
	e.ok(ts...)
	e.exchange(b, a, 1000)
}

// dataIdle: a connection that was idle for long is still there.
func dataIdle(e *env) {
	a, b := e.connected()
	e.exchange(a, b, 100)
	t := a.pop()
	for range 150 {
		e.advance(time.Second)
		e.rest()
	}
	e.idle(t)
	r := &reader{q: a, want: content(7, 10)}
	push := b.send(r.want)
	r.take(t)
	r.all()
	e.ok(push)
	for range 8 { // idle pops stay pending for as long as it takes
		t = b.pop()
		e.advance(24 * time.Hour)
		e.idle(t)
		e.must(b.rt.Cancel(t.qt))
		e.await(t)
	}
	e.exchange(a, b, 5000)
	e.exchange(b, a, 5000)
}
