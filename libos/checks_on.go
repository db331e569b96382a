//go:build catdebug || race

package libos

import (
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

// lent remembers what memory held when it was lent to a push.
type lent struct{ sum uint64 }

func (l *lent) note(s *SGArray)         { l.sum = sum(s) }
func (l *lent) changed(s *SGArray) bool { return l.sum != sum(s) }
