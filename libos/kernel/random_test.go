package kernel

import (
	"errors"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// A flow is one direction of a connection, as TestRandom knows it: byte i of it is i*7.
type flow struct {
	pushed int // bytes of pushes that were issued
	sure   int // bytes of pushes that completed
	popped int
	torn   bool // a push was cancelled: what follows it is unknown
	ended  bool // no more pushes: Shutdown, or the sender was closed
	eof    bool
}

// An end is one end of a connection.
type end struct {
	qd       libos.QD
	out, in  *flow
	closed   bool
	readShut bool
	pops     []libos.QToken
	pushes   []libos.QToken
}

type randomOp struct {
	end  *end
	code libos.Opcode
	n    int
}

// TestRandom makes random calls on several connections, with little memory at times: every stream arrives as it was sent,
// operations of an end complete in order, and nothing is left.
func TestRandom(t *testing.T) {
	for seed := range uint64(40) {
		random(t, seed)
	}
}

func random(t *testing.T, seed uint64) {
	v := open(t, libos.Idle(seed%3))
	rng := rand.New(rand.NewPCG(seed, 1))
	var ends []*end
	for range 4 {
		c, s, lis := v.pair(unix.AF_INET)
		v.close(lis)
		for _, qd := range []libos.QD{c, s} {
			v.must(v.SetOption(qd, libos.OptSendBuffer, 1+rng.IntN(100_000)))
		}
		there, back := &flow{}, &flow{}
		ends = append(ends, &end{qd: c, out: there, in: back}, &end{qd: s, out: back, in: there})
	}
	ops := map[libos.QToken]randomOp{}
	var held []libos.SGArray
	src := make([]byte, 1<<20)
	for i := range src {
		src[i] = byte(i * 7)
	}
	take := func(r libos.QResult) {
		op, ok := ops[r.QT]
		if !ok {
			t.Fatalf("seed %d: %v is not outstanding", seed, r.QT)
		}
		delete(ops, r.QT)
		e := op.end
		if r.Opcode == libos.OpClose {
			if r.Err != nil || len(e.pops)+len(e.pushes) > 0 {
				t.Fatalf("seed %d: close: %v, %d pops and %d pushes pending", seed, r.Err, len(e.pops), len(e.pushes))
			}
			return
		}
		list := &e.pops
		if r.Opcode == libos.OpPush {
			list = &e.pushes
		}
		cancelled := errors.Is(r.Err, syscall.ECANCELED)
		for i, qt := range *list {
			if qt == r.QT {
				if i > 0 && !cancelled && !(e.out.ended && errors.Is(r.Err, syscall.EPIPE)) { // issued after Shutdown
					t.Fatalf("seed %d: %v %v completed before %d older ones: %v", seed, r.Opcode, qt, i, r.Err)
				}
				*list = append((*list)[:i:i], (*list)[i+1:]...)
				break
			}
		}
		switch {
		case r.Opcode == libos.OpPush && r.Err == nil:
			if r.N != op.n {
				t.Fatalf("seed %d: push of %d bytes says %d", seed, op.n, r.N)
			}
			e.out.sure += r.N
		case r.Opcode == libos.OpPush:
			e.out.torn = true
			if !cancelled && !errors.Is(r.Err, syscall.EPIPE) && !errors.Is(r.Err, syscall.ECONNRESET) {
				t.Fatalf("seed %d: push: %v", seed, r.Err)
			}
		case r.Err != nil:
			if !cancelled && !errors.Is(r.Err, syscall.ECONNRESET) {
				t.Fatalf("seed %d: pop: %v", seed, r.Err)
			}
		case r.N == 0:
			if f := e.in; !e.readShut && (!f.ended || f.popped < f.sure && !f.torn) {
				t.Fatalf("seed %d: end of the stream after %d of %d bytes, ended %v", seed, f.popped, f.sure, f.ended)
			}
			e.in.eof = true
		default:
			if e.in.eof {
				t.Fatalf("seed %d: %d bytes after the end of the stream", seed, r.N)
			}
			if !e.in.torn {
				for i, b := range r.SGA.Flat() {
					if b != byte((e.in.popped+i)*7) {
						t.Fatalf("seed %d: byte %d is wrong", seed, e.in.popped+i)
					}
				}
			}
			e.in.popped += r.N
			held = append(held, r.SGA)
		}
	}
	collect := func(timeout time.Duration) bool {
		var res [7]libos.QResult
		n, err := v.WaitNext(res[:], timeout)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		for _, r := range res[:n] {
			take(r)
		}
		sum := 0
		for _, s := range v.e.slots {
			if s.s != nil {
				sum += s.s.pops.Len() + s.s.pushes.Len()
			}
		}
		if sum != v.e.pending {
			t.Fatalf("seed %d: %d operations pending, %d in lists", seed, v.e.pending, sum)
		}
		return n > 0
	}
	free := func(n int) {
		for ; n > 0 && len(held) > 0; n-- {
			i := rng.IntN(len(held))
			v.must(v.Free(held[i]))
			held[i] = held[len(held)-1]
			held = held[:len(held)-1]
		}
	}
	for range 3000 {
		e := ends[rng.IntN(len(ends))]
		switch r := rng.IntN(1000); {
		case e.closed:
		case r < 300:
			n := 1 + rng.IntN(1<<rng.IntN(20))
			var segs []libos.Segment
			for off := 0; off < n; {
				k := 1 + rng.IntN(n-off)
				if len(segs) == 5 {
					k = n - off
				}
				at := (e.out.pushed + off) % 256
				segs = append(segs, libos.Segment{Data: src[at : at+min(k, len(src)-256)]})
				off += min(k, len(src)-256)
			}
			sga := libos.Gather(segs...)
			qt, err := v.Push(e.qd, sga)
			v.must(err)
			ops[qt] = randomOp{e, libos.OpPush, n}
			e.pushes = append(e.pushes, qt)
			e.out.pushed += n
		case r < 700:
			qt, err := v.Pop(e.qd)
			v.must(err)
			ops[qt] = randomOp{e, libos.OpPop, 0}
			e.pops = append(e.pops, qt)
		case r < 740 && len(e.pops) > 0:
			v.must(v.Cancel(e.pops[rng.IntN(len(e.pops))]))
		case r < 743 && len(e.pushes) > 0:
			e.out.torn = true
			v.must(v.Cancel(e.pushes[rng.IntN(len(e.pushes))]))
		case r < 745:
			v.must(v.Shutdown(e.qd, unix.SHUT_WR))
			e.out.ended = true
		case r < 746:
			e.readShut = true
			v.must(v.Shutdown(e.qd, unix.SHUT_RD))
		case r < 748:
			qt, err := v.CloseQueue(e.qd)
			v.must(err)
			ops[qt] = randomOp{e, libos.OpClose, 0}
			e.closed, e.out.ended, e.in.torn = true, true, true
			if len(e.pushes) > 0 {
				e.out.torn = true
			}
		case r < 760:
			v.mem.limit = []int{0, 1, 3000, receiveSize, 3 * receiveSize}[rng.IntN(5)]
		case r < 850:
			free(rng.IntN(10))
		case r < 990:
			collect(0)
		default:
			collect(time.Duration(rng.IntN(2000)) * time.Microsecond)
		}
	}
	// Everything that can arrive does.
	v.mem.limit = 0
	for collect(20 * time.Millisecond) {
		free(len(held))
	}
	for _, e := range ends {
		for !e.closed && !e.readShut && !e.in.torn && e.in.popped < e.in.sure {
			if len(e.pops) == 0 {
				qt, err := v.Pop(e.qd)
				v.must(err)
				ops[qt] = randomOp{e, libos.OpPop, 0}
				e.pops = append(e.pops, qt)
			}
			if !collect(patience) {
				t.Fatalf("seed %d: %d bytes popped of %d", seed, e.in.popped, e.in.sure)
			}
			free(len(held))
		}
	}
	for _, e := range ends {
		if !e.closed {
			qt, err := v.CloseQueue(e.qd)
			v.must(err)
			ops[qt] = randomOp{e, libos.OpClose, 0}
		}
	}
	for len(ops) > 0 {
		if !collect(patience) {
			t.Fatalf("seed %d: %d operations are outstanding", seed, len(ops))
		}
	}
	free(len(held))
	if v.e.pending != 0 {
		t.Fatalf("seed %d: %d operations pending", seed, v.e.pending)
	}
}
