package libostest

import (
	"math/rand/v2"
	"strings"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// small is a memory limit of a few superblocks.
const small = 8 << 20

func memory() []scenario {
	return []scenario{
		{"E.alloc.sizes", 0, Options{}, allocSizes},
		{"E.alloc.invalid", 0, Options{}, allocInvalid},
		{"E.alloc.many", 0, Options{}, allocMany},
		{"E.alloc.exhausted", 0, Options{MemoryLimit: small}, allocExhausted},
		{"E.free.double", needChannel, Options{}, freeDouble},
		{"E.free.pushed", needChannel, Options{}, freePushed},
		{"E.free.leak", needChecks, Options{}, freeLeak},
		{"E.push.freed", needChannel, Options{}, pushFreed},
		{"E.push.part", needChannel, Options{}, pushPart},
		{"E.push.written", needStream | needChecks | wantMisuse, Options{}, pushWritten},
		{"E.exhausted.pop", needChannel, Options{MemoryLimit: small}, exhaustedPop},
		{"E.exhausted.stream", needStream, Options{MemoryLimit: small}, exhaustedStream},
	}
}

// alloc returns memory of size bytes.
func (h *host) alloc(e *env, size int) libos.SGArray {
	e.Helper()
	sga, err := h.rt.Alloc(size)
	e.must(err)
	if sga.NumSegs() != 1 || sga.Len() != size || sga.Seg(0).Handle == 0 {
		e.Fatalf("alloc of %d bytes returned %d in %d segments with handle %d", size, sga.Len(), sga.NumSegs(), sga.Seg(0).Handle)
	}
	return sga
}

func allocSizes(e *env) {
	for _, n := range []int{1, 2, 63, 64, 65, 1000, 4095, 4096, 4097, 65535, 65536, 1 << 20, 2<<20 - 1, 2 << 20, 2<<20 + 1, large} {
		sga := e.a.alloc(e, n)
		b := sga.Seg(0).Data
		b[0], b[n-1] = 1, 2 // it is there, all of it
		e.free(e.a.host, sga)
	}
	e.must(e.a.rt.Free(libos.SGArray{}))
	e.must(e.a.rt.Free(libos.Bytes([]byte("memory of the heap is nobody's"))))
}

func allocInvalid(e *env) {
	for _, n := range []int{0, -1, -1 << 62} {
		_, err := e.a.rt.Alloc(n)
		e.errno("alloc of no bytes", err, syscall.EINVAL)
	}
	for _, n := range []int{1 << 46, 1<<63 - 1} {
		_, err := e.a.rt.Alloc(n)
		e.errno("alloc of more than there is", err, syscall.ENOMEM)
	}
}

// allocMany: none of many allocations shares a byte with another.
func allocMany(e *env) {
	random := rand.New(rand.NewPCG(1, 2))
	var sgas []libos.SGArray
	for i := range 5000 {
		sga := e.a.alloc(e, 1+random.IntN(10000))
		copy(sga.Seg(0).Data, content(uint64(i), sga.Len()))
		sgas = append(sgas, sga)
	}
	order := random.Perm(len(sgas))
	for _, i := range order {
		if hash(sgas[i].Flat()) != hash(content(uint64(i), sgas[i].Len())) {
			e.Fatalf("allocation %d of %d bytes has changed", i, sgas[i].Len())
		}
		e.free(e.a.host, sgas[i])
	}
	for _, i := range order[:10] {
		e.errno("double free", e.a.rt.Free(sgas[i]), syscall.EINVAL)
	}
}

// exhaust allocates until nothing is left, in ever smaller pieces.
func (h *host) exhaust(e *env) (held []libos.SGArray) {
	e.Helper()
	for size := 64 << 10; size >= 1; size /= 2 {
		for {
			sga, err := h.rt.Alloc(size)
			if err != nil {
				e.errno("alloc from memory that is used up", err, syscall.ENOMEM)
				break
			}
			if held = append(held, sga); len(held) > 64*small>>16 {
				e.Fatalf("%d allocations fit into %d bytes", len(held), small)
			}
		}
	}
	return held
}

func (h *host) freeAll(e *env, held []libos.SGArray) {
	e.Helper()
	for _, sga := range held {
		e.free(h, sga)
	}
}

func allocExhausted(e *env) {
	held := e.a.exhaust(e)
	if len(held) < small>>16/2 {
		e.Errorf("only %d allocations of up to 64 KiB fit into %d bytes", len(held), small)
	}
	for range 3 { // each that is freed can be had again
		size := held[0].Len()
		e.free(e.a.host, held[0])
		held = append(held[1:], e.a.alloc(e, size))
	}
	e.a.freeAll(e, held)
	e.a.freeAll(e, e.a.exhaust(e))
}

func freeDouble(e *env) {
	sga := e.a.alloc(e, 100)
	e.free(e.a.host, sga)
	e.errno("double free", e.a.rt.Free(sga), syscall.EINVAL)
	other := e.a.alloc(e, 100) // may be the same memory: the old handle must not free it
	e.errno("double free after the memory was given out again", e.a.rt.Free(sga), syscall.EINVAL)
	e.free(e.a.host, other)

	c := e.channel()
	e.ok(c.in.send(content(1, 1000)))
	popped := e.ok(c.out.pop()).SGA
	e.free(c.out.host, popped)
	e.errno("double free of popped memory", c.out.rt.Free(popped), syscall.EINVAL)
}

// freePushed frees memory right after the push, and writes over what is allocated next.
func freePushed(e *env) {
	c := e.channel()
	const size, n = 64 << 10, 128
	want := content(8, size*n)
	var ts []*token
	for i := range n {
		sga := c.in.alloc(e, size)
		copy(sga.Seg(0).Data, want[i*size:])
		ts = append(ts, c.in.push(sga))
		e.free(c.in.host, sga)
		next := c.in.alloc(e, size)
		clear(next.Seg(0).Data)
		e.free(c.in.host, next)
	}
	(&reader{q: c.out, want: want}).all()
	e.ok(ts...)
}

// freeLeak: a build that records allocations names what was not freed.
func freeLeak(e *env) {
	e.a.alloc(e, 100)
	e.leave, e.leak = true, true
}

func pushFreed(e *env) {
	c := e.channel()
	sga, good := c.in.alloc(e, 100), c.in.alloc(e, 100)
	e.free(c.in.host, sga)
	_, err := c.in.rt.Push(c.in.qd, sga)
	e.errno("push of freed memory", err, syscall.EINVAL)
	_, err = c.in.rt.Push(c.in.qd, libos.Gather(good.Seg(0), sga.Seg(0)))
	e.errno("push of an array with freed memory in it", err, syscall.EINVAL)
	e.free(c.in.host, good)
	e.errno("double free", c.in.rt.Free(good), syscall.EINVAL) // the refused push holds nothing
}

// pushPart: segments may be cut, and memory may stand in an array more than once.
func pushPart(e *env) {
	c := e.channel()
	sga := c.in.alloc(e, 1000)
	whole := sga.Seg(0)
	copy(whole.Data, content(9, 1000))
	part := libos.Segment{Data: whole.Data[100:200], Handle: whole.Handle}
	t := c.in.push(libos.Gather(part, part, libos.Segment{Data: whole.Data[:0], Handle: whole.Handle}, part))
	e.free(c.in.host, sga)
	want := append(append(content(9, 1000)[100:200:200], content(9, 1000)[100:200]...), content(9, 1000)[100:200]...)
	(&reader{q: c.out, want: want}).all()
	e.ok(t)
}

// pushWritten: memory that is written while it is lent is reported.
func pushWritten(e *env) {
	a, _ := e.connected()
	lent := make([]byte, large)
	t := a.send(lent)
	e.idle(t)
	if len(e.reports) > 0 {
		e.Fatalf("reports before anything was done: %q", e.reports)
	}
	lent[len(lent)-1]++
	e.must(a.rt.Cancel(t.qt))
	e.fails(t, syscall.ECANCELED)
	if len(e.reports) != 1 || !strings.Contains(e.reports[0], "lent") {
		e.Errorf("reports of memory that was written while it was lent: %q, want one", e.reports)
	}
}

// exhaustedPop: without memory a pop waits, and nothing is lost.
func exhaustedPop(e *env) {
	c := e.channel()
	e.exchange(c.in, c.out, 1000)
	held := c.out.exhaust(e)
	var ts []*token
	r := &reader{q: c.out, want: content(10, 8000)}
	for i := range 8 {
		ts = append(ts, c.in.send(r.want[i*1000:(i+1)*1000]))
	}
	pops, _ := c.out.pops(2)
	e.settle()
	_, err := c.out.rt.Alloc(1 << 20)
	e.errno("alloc from memory that is used up", err, syscall.ENOMEM)
	c.out.freeAll(e, held)
	for _, t := range pops {
		if r.got < len(r.want) {
			r.take(t)
			continue
		}
		e.must(t.h.rt.Cancel(t.qt)) // the first had everything
		e.fails(t, syscall.ECANCELED)
	}
	r.all()
	e.ok(ts...)
}

// exhaustedStream: a service that keeps what it pops runs out of memory, the sender is held up, and when the service
// frees it goes on. Four times as much as the memory holds passes through.
func exhaustedStream(e *env) {
	a, b := e.connected()
	r := &reader{q: b, want: content(11, 4*small)}
	push := a.send(r.want)
	var held []libos.SGArray
	kept, stalls := 0, 0
	for r.got < len(r.want) {
		t := b.pop()
		e.rest()
		if !e.try(t, 0) {
			if e.settle(); !e.try(t, 0) {
				if len(held) > 0 {
					b.freeAll(e, held)
					held, kept = nil, 0
					stalls++
				}
				e.await(t)
			}
		}
		e.must(t.res.Err)
		if t.res.N == 0 {
			e.Fatalf("end of stream after %d bytes", r.got)
		}
		if hash(t.res.SGA.Flat()) != hash(r.want[r.got:min(len(r.want), r.got+t.res.N)]) {
			e.Fatalf("wrong content after byte %d", r.got)
		}
		r.got += t.res.N
		kept += t.res.N
		if held = append(held, t.res.SGA); kept > 2*small {
			e.Fatalf("%d bytes were popped and kept with %d bytes of memory", kept, small)
		}
	}
	b.freeAll(e, held)
	e.ok(push)
	if stalls < 2 {
		e.Errorf("the receiver kept what it popped and ran out of memory %d times, want more", stalls)
	}
	e.exchange(b, a, 1000)
}
