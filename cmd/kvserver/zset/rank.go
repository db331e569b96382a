package zset

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// rankOf returns how many elements are before the node.
func (l *List) rankOf(r slab.Ref) int {
	n := l.node(r)
	var p path
	l.trace(&p, n.score(), n.member())
	return p.rank[0]
}

// at returns the node of a rank, or 0.
func (l *List) at(rank int) slab.Ref {
	switch {
	case rank < 0 || rank >= l.len:
		return 0
	case rank == l.len-1:
		return l.tail
	}
	var p path
	l.traceRank(&p, rank)
	return l.node(p.at[0]).next(0)
}

// traceRank finds the path to the element of a rank.
func (l *List) traceRank(p *path, rank int) {
	at, passed := l.head, 0
	n := l.node(at)
	for i := l.levels - 1; i >= 0; i-- {
		for {
			r := n.next(i)
			if r == 0 || passed+n.span(i) > rank {
				break
			}
			passed += n.span(i)
			at, n = r, l.node(r)
		}
		p.at[i], p.rank[i] = at, passed
	}
}

// seek returns how many elements are before the bound, and the first that is not, or 0.
func (l *List) seek(b *Bound) (rank int, r slab.Ref) {
	n := l.node(l.head)
	var not slab.Ref
	for i := l.levels - 1; i >= 0; i-- {
		for {
			r := n.next(i)
			if r == 0 || r == not {
				break
			}
			m := l.node(r)
			if !b.passes(m.score(), m.member()) {
				not = r
				break
			}
			rank += n.span(i)
			n = m
		}
	}
	return rank, n.next(0)
}

// removeRange removes the elements of the ranks from <= rank < to.
func (l *List) removeRange(from, to int) {
	if from >= to {
		return
	}
	var p path
	l.traceRank(&p, from)
	r := l.node(p.at[0]).next(0)
	for range to - from {
		next := l.node(r).next(0)
		// Levels may be given up meanwhile; those that are left have their nodes in p still.
		l.unlink(&p, r)
		l.forget(r)
		l.release(r)
		r = next
	}
}
