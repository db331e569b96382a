package list

import "github.com/catamaran-os/catamaran/cmd/kvserver/listpack"

// An Iter walks a list. The list must not change meanwhile, but through Remove.
type Iter struct {
	l       *List
	i, off  int // of the next element; off -1: the node's first, or last
	forward bool
}

// Iter returns an iterator that begins with the element at index, which is within the list.
func (l *List) Iter(index int, forward bool) Iter {
	i, off := l.find(index)
	return Iter{l: l, i: i, off: off, forward: forward}
}

// Next returns the next element, or false at the end.
func (it *Iter) Next() (listpack.Value, bool) {
	l := it.l
	if it.i < 0 || it.i >= l.nodes.len() {
		return listpack.Value{}, false
	}
	lp := l.lp(l.nodes.at(it.i))
	off := it.off
	if off < 0 {
		off = listpack.First(lp)
		if !it.forward {
			off = listpack.Last(lp)
		}
	}
	v := listpack.Get(lp, off)
	if it.forward {
		it.off = listpack.Next(lp, off)
		if it.off < 0 {
			it.i++
		}
	} else {
		it.off = listpack.Prev(lp, off)
		if it.off < 0 {
			it.i--
		}
	}
	return v, true
}

// Remove removes up to n elements that equal elem, from the head or from the tail, and returns how many it has removed.
func (l *List) Remove(elem []byte, n int, head bool) int {
	removed := 0
	if head {
		for i := 0; i < l.nodes.len() && removed < n; {
			gone := false
			lp := l.lp(l.nodes.at(i))
			off := listpack.First(lp)
			for removed < n {
				lp = l.lp(l.nodes.at(i))
				if off >= listpack.End(lp) {
					break
				}
				if off = listpack.Find(lp, off, elem, 0); off < 0 {
					break
				}
				removed++
				if gone = l.cut(i, off, 1); gone {
					break
				}
			}
			if !gone {
				i++
			}
		}
		return removed
	}
	for i := l.nodes.len() - 1; i >= 0 && removed < n; i-- {
		lp := l.lp(l.nodes.at(i))
		for off := listpack.Last(lp); off >= 0 && removed < n; {
			prev := listpack.Prev(lp, off)
			if listpack.Get(lp, off).Equal(elem) {
				removed++
				if l.cut(i, off, 1) {
					break
				}
				lp = l.lp(l.nodes.at(i))
			}
			off = prev
		}
	}
	return removed
}

// RemoveRange removes n elements from an index on, all of which are within the list.
func (l *List) RemoveRange(index, n int) {
	if n <= 0 {
		return
	}
	i, off := l.find(index)
	for n > 0 {
		x := l.nodes.at(i)
		lp := l.lp(x)
		m := 0 // elements of this node from off on
		if off == listpack.First(lp) {
			m = min(n, int(x.count))
		} else {
			for o := off; o >= 0 && m < n; o = listpack.Next(lp, o) {
				m++
			}
		}
		if !l.cut(i, off, m) {
			i++
		}
		n -= m
		if n > 0 {
			off = listpack.First(l.lp(l.nodes.at(i)))
		}
	}
}

// Find calls fn with the index of each element that equals elem, in order from the head or from the tail, until it returns
// false or limit elements have been compared (0: no limit).
func (l *List) Find(elem []byte, head bool, limit int, fn func(index int) bool) {
	if l.count == 0 {
		return
	}
	index, step := 0, 1
	if !head {
		index, step = l.count-1, -1
	}
	it := l.Iter(index, head)
	for compared := 0; limit == 0 || compared < limit; compared++ {
		v, ok := it.Next()
		if !ok || v.Equal(elem) && !fn(index) {
			return
		}
		index += step
	}
}
