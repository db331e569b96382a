//go:build catdebug || race

package libos

import (
	"fmt"
	"hash/maphash"
	"sync/atomic"
)

// checks is true under -tags catdebug and -race: a second goroutine inside a runtime, and memory written while it is lent
// to a push, are reported to Options.Misuse.
const checks = true

var lentSeed = maphash.MakeSeed()

// A guard notices a second goroutine inside a runtime.
type guard struct{ inside atomic.Bool }

func (g *guard) enter() {
	if !g.inside.CompareAndSwap(false, true) {
		panic("libos: a second goroutine is inside the runtime; one goroutine owns it and makes all calls")
	}
}

func (g *guard) exit() { g.inside.Store(false) }

func sum(s *SGArray) uint64 {
	var h maphash.Hash
	h.SetSeed(lentSeed)
	for i := range s.NumSegs() {
		h.Write(s.Seg(i).Data)
	}
	return h.Sum64()
}

func (rt *Runtime) noteLent(op *Op) { op.lentSum = sum(&op.SGA) }

func (rt *Runtime) checkLent(op *Op) {
	if sum(&op.SGA) == op.lentSum {
		return
	}
	where := ""
	for i := range op.SGA.NumSegs() {
		if h := op.SGA.Seg(i).Handle; h != 0 {
			where += "\n" + rt.mem.Describe(h)
		}
	}
	rt.misuse(fmt.Sprintf("libos: memory was written while it was lent to push %v on qd %v%s", op.res.QT, op.res.QD, where))
}
