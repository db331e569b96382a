package list

import "github.com/catamaran-os/catamaran/cmd/kvserver/listpack"

// insert puts v into node i at offset at: before the element there, or behind the last one if it is the end.
func (l *List) insert(i, at int, v listpack.Value) {
	n := l.nodes.at(i)
	size := v.Size()
	l.count++
	if l.limit.allows(int(n.count)+1, int(n.len)+size) {
		lp := listpack.InsertValue(l.grown(n, size), at, v)
		n.len = uint32(len(lp))
		n.count++
		return
	}
	first := listpack.First(l.lp(n))
	switch {
	case at == first && i > 0 && l.fits(i-1, size):
		p := l.nodes.at(i - 1)
		p.len = uint32(len(listpack.AppendValue(l.grown(p, size), v)))
		p.count++
	case at == first:
		l.nodes.insert(i, l.fresh(v))
	case at == listpack.End(l.lp(n)) && i+1 < l.nodes.len() && l.fits(i+1, size):
		p := l.nodes.at(i + 1)
		p.len = uint32(len(listpack.PrependValue(l.grown(p, size), v)))
		p.count++
	case at == listpack.End(l.lp(n)):
		l.nodes.insert(i+1, l.fresh(v))
	default:
		l.split(i, at)
		if l.fits(i, size) {
			p := l.nodes.at(i)
			p.len = uint32(len(listpack.AppendValue(l.grown(p, size), v)))
			p.count++
		} else {
			l.nodes.insert(i+1, l.fresh(v))
		}
	}
}

func (l *List) fits(i, size int) bool {
	n := l.nodes.at(i)
	return l.limit.allows(int(n.count)+1, int(n.len)+size)
}

// split moves the elements of node i from offset at on to a node of their own behind it.
func (l *List) split(i, at int) {
	n := l.nodes.at(i)
	lp := l.lp(n)
	moved := 0
	for off := at; off >= 0 && off < listpack.End(lp); off = listpack.Next(lp, off) {
		moved++
	}
	size := listpack.MinBytes + listpack.End(lp) - at
	ref := l.heap.Alloc(l.room(size))
	tail := listpack.AppendFrom(listpack.New(l.heap.Bytes(ref)[:0]), lp, at, moved)
	x := node{ref: ref, len: uint32(len(tail)), count: uint32(moved)}
	n.len = uint32(len(listpack.Delete(lp, at, moved)))
	n.count -= uint32(moved)
	l.nodes.insert(i+1, x)
}

// Insert puts an element before or behind the first one that equals pivot, and reports whether there was one.
func (l *List) Insert(pivot, elem []byte, before bool) bool {
	for i := range l.nodes.len() {
		lp := l.lp(l.nodes.at(i))
		off := listpack.Find(lp, listpack.First(lp), pivot, 0)
		if off < 0 {
			continue
		}
		if !before {
			off += listpack.BytesOf(lp, off, 1)
		}
		l.insert(i, off, listpack.ValueOf(elem))
		return true
	}
	return false
}
