package zset

import (
	"bytes"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
	"github.com/catamaran-os/catamaran/cmd/kvserver/table"
)

// A List is a large sorted set. It belongs to the goroutine of its store.
type List struct {
	store   *keyspace.Store
	heap    *slab.Heap
	head    slab.Ref
	tail    slab.Ref
	levels  int // that are in use, at least 1
	len     int
	members *table.Table
	bytes   int // of the nodes
}

func newList(store *keyspace.Store) *List {
	l := &List{store: store, heap: store.Heap, levels: 1}
	l.members = table.New(l.hashOf)
	l.head = l.alloc(0, maxLevels, nil)
	return l
}

func (l *List) hashOf(r slab.Ref) uint64 { return l.store.Hash(l.node(r).member()) }

func (l *List) node(r slab.Ref) node { return node(l.heap.Bytes(r)) }

func (l *List) alloc(score float64, levels int, member []byte) slab.Ref {
	r := l.heap.Alloc(nodeSize(levels, len(member)))
	n := l.node(r)
	n.init(score, levels, member)
	l.bytes += len(n)
	return r
}

func (l *List) release(r slab.Ref) {
	l.bytes -= len(l.heap.Bytes(r))
	l.heap.Free(r)
}

// randomLevels returns how many levels a new node has: one more with probability 1/4.
func (l *List) randomLevels() int {
	return min(1+bits.TrailingZeros64(l.store.Rand())/2, maxLevels)
}

// Len returns the number of elements.
func (l *List) Len() int { return l.len }

// find returns the node of a member, or 0.
func (l *List) find(member []byte) slab.Ref {
	for c := l.members.Seek(l.store.Hash(member)); c.Next(); {
		if r := c.Ref(); bytes.Equal(l.node(r).member(), member) {
			return r
		}
	}
	return 0
}

// before reports whether the node is before (score, member).
func (n node) before(score float64, member []byte) bool {
	s := n.score()
	return s < score || s == score && bytes.Compare(n.member(), member) < 0
}

// A path is the last node before a place on each level, and the rank that it has, the head's being 0.
type path struct {
	at   [maxLevels]slab.Ref
	rank [maxLevels]int
}

// trace finds the path to (score, member).
func (l *List) trace(p *path, score float64, member []byte) {
	at, rank := l.head, 0
	n := l.node(at)
	var not slab.Ref // is known not to be before the place
	for i := l.levels - 1; i >= 0; i-- {
		for {
			r := n.next(i)
			if r == 0 || r == not {
				break
			}
			m := l.node(r)
			if !m.before(score, member) {
				not = r
				break
			}
			rank += n.span(i)
			at, n = r, m
		}
		p.at[i], p.rank[i] = at, rank
	}
}

// insert adds a member that is not there.
func (l *List) insert(score float64, member []byte) {
	r := l.alloc(score, l.randomLevels(), member)
	l.link(r)
	l.members.Insert(l.store.Hash(member), r)
}

// link puts a node in its place.
func (l *List) link(r slab.Ref) {
	n := l.node(r)
	levels := n.levels()
	for ; l.levels < levels; l.levels++ {
		l.node(l.head).setNext(l.levels, 0)
		l.node(l.head).setSpan(l.levels, l.len)
	}
	var p path
	l.trace(&p, n.score(), n.member())
	rank := p.rank[0] // how many are before it
	before := l.node(p.at[0])
	next := before.next(0)
	before.setNext(0, r)
	n.setNext(0, next)
	for i := 1; i < levels; i++ {
		prev := l.node(p.at[i])
		n.setNext(i, prev.next(i))
		n.setSpan(i, prev.span(i)-(rank-p.rank[i]))
		prev.setNext(i, r)
		prev.setSpan(i, rank-p.rank[i]+1)
	}
	for i := levels; i < l.levels; i++ {
		prev := l.node(p.at[i])
		prev.setSpan(i, prev.span(i)+1)
	}
	if p.at[0] == l.head {
		n.setBack(0)
	} else {
		n.setBack(p.at[0])
	}
	if next == 0 {
		l.tail = r
	} else {
		l.node(next).setBack(r)
	}
	l.len++
}

// unlink takes the node after p out of the skip list. Its table entry stays.
func (l *List) unlink(p *path, r slab.Ref) {
	n := l.node(r)
	for i := 1; i < l.levels; i++ {
		prev := l.node(p.at[i])
		if prev.next(i) == r {
			prev.setNext(i, n.next(i))
			prev.setSpan(i, prev.span(i)+n.span(i)-1)
		} else {
			prev.setSpan(i, prev.span(i)-1)
		}
	}
	next := n.next(0)
	l.node(p.at[0]).setNext(0, next)
	if next == 0 {
		l.tail = n.back()
	} else {
		l.node(next).setBack(n.back())
	}
	head := l.node(l.head)
	for l.levels > 1 && head.next(l.levels-1) == 0 {
		l.levels--
	}
	l.len--
}

// forget takes a node out of the table.
func (l *List) forget(r slab.Ref) {
	for c := l.members.Seek(l.hashOf(r)); c.Next(); {
		if c.Ref() == r {
			c.Remove()
			return
		}
	}
}

// remove removes an element.
func (l *List) remove(r slab.Ref) {
	n := l.node(r)
	var p path
	l.trace(&p, n.score(), n.member())
	l.unlink(&p, r)
	l.forget(r)
	l.release(r)
}

// rescore gives an element another score. It stays where it is if its neighbors allow it.
func (l *List) rescore(r slab.Ref, score float64) {
	n := l.node(r)
	back, next := n.back(), n.next(0)
	if (back == 0 || l.node(back).score() < score) && (next == 0 || l.node(next).score() > score) {
		n.setScore(score)
		return
	}
	var p path
	l.trace(&p, n.score(), n.member())
	l.unlink(&p, r)
	n.setScore(score)
	l.link(r)
}
