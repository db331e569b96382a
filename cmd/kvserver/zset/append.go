package zset

import "github.com/catamaran-os/catamaran/cmd/kvserver/slab"

// An appender links nodes that come in order, each in constant time.
type appender struct {
	l    *List
	last path // on each level
}

// appender begins to link the nodes of an empty list.
func (l *List) appender() *appender {
	a := &appender{l: l}
	for i := range a.last.at {
		a.last.at[i] = l.head
	}
	return a
}

// append links a node after all others.
func (a *appender) append(r slab.Ref) {
	l := a.l
	n := l.node(r)
	n.setBack(l.tail)
	n.setNext(0, 0)
	l.node(a.last.at[0]).setNext(0, r)
	a.last.at[0] = r
	l.len++
	levels := n.levels()
	for i := 1; i < levels; i++ {
		n.setNext(i, 0)
		prev := l.node(a.last.at[i])
		prev.setNext(i, r)
		prev.setSpan(i, l.len-a.last.rank[i])
		a.last.at[i], a.last.rank[i] = r, l.len
	}
	l.tail = r
	l.levels = max(l.levels, levels)
}

// finish sets the spans of the last nodes.
func (a *appender) finish() {
	for i := 1; i < a.l.levels; i++ {
		a.l.node(a.last.at[i]).setSpan(i, a.l.len-a.last.rank[i])
	}
}
