package zset

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// listSize is about what a List itself takes.
const listSize = 128

// Bytes returns the memory outside of the slab.
func (l *List) Bytes() int {
	if l.members == nil {
		return listSize
	}
	return listSize + l.members.Bytes()
}

// Memory returns all memory.
func (l *List) Memory() int { return l.Bytes() + l.bytes }

// Clone returns a copy, in linear time.
func (l *List) Clone() keyspace.Object {
	k := newList(l.store)
	a := k.appender()
	for r := l.node(l.head).next(0); r != 0; {
		n := l.node(r)
		c := k.alloc(n.score(), n.levels(), n.member())
		k.members.Insert(k.hashOf(c), c)
		a.append(c)
		r = n.next(0)
	}
	a.finish()
	return k
}

// Free gives back up to n nodes.
func (l *List) Free(n int) (left int, done bool) {
	l.members = nil
	r := l.node(l.head).next(0)
	for ; n > 0 && r != 0; n-- {
		next := l.node(r).next(0)
		l.release(r)
		r = next
	}
	if r != 0 {
		l.node(l.head).setNext(0, r)
		return 0, false
	}
	l.release(l.head)
	l.head, l.tail, l.len = 0, 0, 0
	return n, true
}
