package list

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A Limit says how large a node may be, as list-max-listpack-size: elements if positive, else -1 to -5 for 4 to 64 KiB.
type Limit int64

// bytesLimit bounds nodes that are limited by their elements.
const bytesLimit = 8 << 10

// allows reports whether a node may have n elements in size bytes.
func (l Limit) allows(n, size int) bool {
	if l >= 0 {
		return n <= max(1, int(l)) && size <= bytesLimit
	}
	return size <= 2048<<min(-l, 5)
}

// MaxElement is the largest element in bytes.
const MaxElement = listpack.MaxBytes - 64

// A node is a listpack in the slab.
type node struct {
	ref   slab.Ref
	len   uint32 // bytes of the listpack
	count uint32
}

// A List is a sequence of strings.
type List struct {
	heap  *slab.Heap
	limit Limit
	count int
	nodes ring
}

// New makes an empty list whose nodes are in heap.
func New(heap *slab.Heap, limit Limit) *List { return &List{heap: heap, limit: limit} }

// FromListpack makes a list of the elements of a listpack, which it copies.
func FromListpack(heap *slab.Heap, limit Limit, lp []byte) *List {
	l := New(heap, limit)
	for off := listpack.First(lp); off >= 0; off = listpack.Next(lp, off) {
		l.pushValue(listpack.Get(lp, off), false)
	}
	return l
}

// Load makes the list one of the elements of a listpack, which it copies; its nodes are freed, but for one that is used
// again. A list of one node can be taken out with Packed.
func (l *List) Load(limit Limit, lp []byte) {
	for l.nodes.len() > 1 {
		l.heap.Free(l.nodes.at(l.nodes.len() - 1).ref)
		l.nodes.remove(l.nodes.len() - 1)
	}
	l.limit, l.count = limit, listpack.Len(lp)
	if l.nodes.len() == 0 {
		l.nodes.insert(0, node{ref: l.heap.Alloc(max(len(lp), spare))})
	}
	n := l.nodes.at(0)
	mem := l.heap.Bytes(n.ref)
	if len(mem) < len(lp) {
		l.heap.Free(n.ref)
		n.ref = l.heap.Alloc(len(lp))
		mem = l.heap.Bytes(n.ref)
	}
	n.len, n.count = uint32(copy(mem, lp)), uint32(l.count)
}

// spare is the memory of a node that Load makes.
const spare = 2 << 10

// Packed returns the listpack of a list of one node: a view.
func (l *List) Packed() ([]byte, bool) {
	if l.nodes.len() != 1 {
		return nil, false
	}
	return l.lp(l.nodes.at(0)), true
}

// Len returns the number of elements.
func (l *List) Len() int { return l.count }

// Nodes returns the number of nodes.
func (l *List) Nodes() int { return l.nodes.len() }

// Node returns the listpack of node i: a view.
func (l *List) Node(i int) []byte { return l.lp(l.nodes.at(i)) }

// SetLimit sets how large nodes may become from here on.
func (l *List) SetLimit(limit Limit) { l.limit = limit }

// lp returns the listpack of a node, with the capacity of its memory.
func (l *List) lp(n *node) []byte { return l.heap.Bytes(n.ref)[:n.len] }

// room is how much memory a node of n bytes is given: it will grow, up to the limit.
func (l *List) room(n int) int {
	if l.limit.allows(1, n*3/2) {
		return n * 3 / 2
	}
	return n
}

// grown returns the listpack of a node with capacity for n bytes more.
func (l *List) grown(n *node, more int) []byte {
	mem := l.heap.Bytes(n.ref)
	need := int(n.len) + more
	if need <= len(mem) {
		return mem[:n.len]
	}
	ref := l.heap.Alloc(l.room(need))
	fresh := l.heap.Bytes(ref)
	copy(fresh, mem[:n.len])
	l.heap.Free(n.ref)
	n.ref = ref
	return fresh[:n.len]
}

// fresh returns a new node with the one element v.
func (l *List) fresh(v listpack.Value) node {
	size := listpack.MinBytes + v.Size()
	ref := l.heap.Alloc(l.room(size))
	lp := listpack.AppendValue(listpack.New(l.heap.Bytes(ref)[:0]), v)
	return node{ref: ref, len: uint32(len(lp)), count: 1}
}

// Push adds an element at the head or the tail.
func (l *List) Push(elem []byte, head bool) { l.pushValue(listpack.ValueOf(elem), head) }

func (l *List) pushValue(v listpack.Value, head bool) {
	l.count++
	if l.nodes.len() > 0 {
		n := l.nodes.end(head)
		if size := v.Size(); l.limit.allows(int(n.count)+1, int(n.len)+size) {
			lp := l.grown(n, size)
			if head {
				lp = listpack.PrependValue(lp, v)
			} else {
				lp = listpack.AppendValue(lp, v)
			}
			n.len = uint32(len(lp))
			n.count++
			return
		}
	}
	if head {
		l.nodes.insert(0, l.fresh(v))
	} else {
		l.nodes.insert(l.nodes.len(), l.fresh(v))
	}
}

// End returns the first or last element of a list that has one.
func (l *List) End(head bool) listpack.Value {
	lp := l.lp(l.nodes.end(head))
	if head {
		return listpack.Get(lp, listpack.First(lp))
	}
	return listpack.Get(lp, listpack.Last(lp))
}

// Drop removes the first or last element of a list that has one.
func (l *List) Drop(head bool) {
	i := 0
	if !head {
		i = l.nodes.len() - 1
	}
	n := l.nodes.at(i)
	lp := l.lp(n)
	off := listpack.First(lp)
	if !head {
		off = listpack.Last(lp)
	}
	l.cut(i, off, 1)
}

// cut removes m elements of node i from off on, all of which are in it, and the node if it is empty then, which it reports.
func (l *List) cut(i, off, m int) (gone bool) {
	n := l.nodes.at(i)
	l.count -= m
	if int(n.count) == m {
		l.heap.Free(n.ref)
		l.nodes.remove(i)
		return true
	}
	lp := listpack.Delete(l.lp(n), off, m)
	n.len = uint32(len(lp))
	n.count -= uint32(m)
	return false
}

// find returns the node of an index from 0 and the element's offset in it.
func (l *List) find(index int) (i, off int) {
	if index < l.count/2 {
		for i = 0; ; i++ {
			n := l.nodes.at(i)
			if index < int(n.count) {
				return i, listpack.Seek(l.lp(n), index)
			}
			index -= int(n.count)
		}
	}
	index -= l.count // from the end: -1 is the last
	for i = l.nodes.len() - 1; ; i-- {
		n := l.nodes.at(i)
		if -index <= int(n.count) {
			return i, listpack.Seek(l.lp(n), index)
		}
		index += int(n.count)
	}
}

// Index returns the element at an index, which is within the list.
func (l *List) Index(index int) listpack.Value {
	i, off := l.find(index)
	return listpack.Get(l.lp(l.nodes.at(i)), off)
}

// Set replaces the element at an index, which is within the list.
func (l *List) Set(index int, elem []byte) {
	i, off := l.find(index)
	l.replace(i, off, listpack.ValueOf(elem))
}

func (l *List) replace(i, off int, v listpack.Value) {
	n := l.nodes.at(i)
	if old := listpack.BytesOf(l.lp(n), off, 1); n.count == 1 || l.limit.allows(int(n.count), int(n.len)-old+v.Size()) {
		lp := l.grown(n, max(0, v.Size()-old))
		n.len = uint32(len(listpack.ReplaceValue(lp, off, v)))
		return
	}
	l.cut(i, off, 1)
	l.insert(i, off, v)
}

var _ keyspace.Object = (*List)(nil)

// Clear removes all elements.
func (l *List) Clear() {
	for l.nodes.len() > 0 {
		l.Free(l.nodes.len())
	}
	l.count = 0
}

// Bytes returns the memory of the list outside the slab.
func (l *List) Bytes() int { return 64 + l.nodes.bytes() }

// Memory returns the memory of the list.
func (l *List) Memory() int {
	n := l.Bytes()
	for i := range l.nodes.len() {
		n += len(l.heap.Bytes(l.nodes.at(i).ref))
	}
	return n
}

// Clone returns a copy.
func (l *List) Clone() keyspace.Object {
	c := New(l.heap, l.limit)
	c.count = l.count
	for i := range l.nodes.len() {
		n := *l.nodes.at(i)
		mem := l.lp(&n)
		n.ref = l.heap.Alloc(len(mem))
		copy(l.heap.Bytes(n.ref), mem)
		c.nodes.insert(i, n)
	}
	return c
}

// Free gives back up to n nodes.
func (l *List) Free(n int) (int, bool) {
	for n > 0 && l.nodes.len() > 0 {
		last := l.nodes.len() - 1
		l.heap.Free(l.nodes.at(last).ref)
		l.nodes.remove(last)
		n--
	}
	return n, l.nodes.len() == 0
}
