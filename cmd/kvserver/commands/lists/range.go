package lists

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/list"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// Len returns the number of elements of the entry of a list, or 0 for none.
func Len(e keyspace.Entry) int {
	if !e.Exists() {
		return 0
	}
	if l, ok := e.Object().(*list.List); ok {
		return l.Len()
	}
	return listpack.Len(e.Bytes())
}

// Each calls fn for the elements of the entry of a list in order, until it returns false.
func Each(e keyspace.Entry, fn func(listpack.Value) bool) {
	if l, ok := e.Object().(*list.List); ok {
		it := l.Iter(0, true)
		for v, ok := it.Next(); ok && fn(v); v, ok = it.Next() {
		}
		return
	}
	lp := e.Bytes()
	for off := listpack.First(lp); off >= 0 && fn(listpack.Get(lp, off)); off = listpack.Next(lp, off) {
	}
}

// A Builder makes a list from the first element to the last, for commands of other families.
type Builder struct{ h handle }

// Build begins a list.
func Build(c *engine.Call) *Builder {
	return &Builder{h: handle{c: c, db: c.DB, list: list.New(c.DB.Store().Heap, limit(c))}}
}

// Push adds an element behind the others.
func (b *Builder) Push(elem []byte) { b.h.list.Push(elem, false) }

// Store makes it the value of a key, which must not exist, unless it is empty. It returns the entry and the number of
// elements; who calls it notifies.
func (b *Builder) Store(db *keyspace.DB, key []byte) (keyspace.Entry, int) {
	b.h.db, b.h.key = db, key
	n := b.h.list.Len()
	if n == 0 {
		return keyspace.Entry{}, 0
	}
	if lp, ok := b.h.list.Packed(); ok && len(lp) <= smallMax {
		b.h.e = db.Create(key, keyspace.List, keyspace.Listpack, lp)
		b.h.list.Clear()
		return b.h.e, n
	}
	b.h.e = db.CreateObject(key, keyspace.List, keyspace.Quicklist, b.h.list)
	return b.h.e, n
}

// Drop gives up what was built.
func (b *Builder) Drop() { b.h.list.Clear() }

func lindex(c *engine.Call) {
	h, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	if h.list == nil {
		c.Out.Null()
		return
	}
	i, ok := c.Int(2)
	if !ok {
		return
	}
	at, ok := index(i, h.list.Len())
	if !ok {
		c.Out.Null()
		return
	}
	reply(c, h.list.Index(at))
}

func lrange(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	h, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	if h.list == nil {
		c.Out.Array(0)
		return
	}
	first, n := span(start, stop, h.list.Len())
	c.Out.Array(n)
	if n == 0 {
		return
	}
	it := h.list.Iter(first, true)
	for range n {
		v, _ := it.Next()
		reply(c, v)
	}
}

func ltrim(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.OK()
	if h.list == nil {
		return
	}
	was := h.list.Len()
	first, n := span(start, stop, was)
	h.list.RemoveRange(first+n, was-first-n)
	h.list.RemoveRange(0, first)
	h.changed("ltrim")
	c.Dirty(was - n - 1)
}

func lrem(c *engine.Call) {
	count, ok := c.Int(2)
	if !ok {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	if h.list == nil {
		c.Out.Int(0)
		return
	}
	head, n := true, h.list.Len()
	if count < 0 {
		head = false
		count = -count // the smallest stays negative, which is no bound either
	}
	if count > 0 && count < int64(n) {
		n = int(count)
	}
	removed := h.list.Remove(c.Args[3], n, head)
	c.Out.Int(int64(removed))
	if removed > 0 {
		h.changed("lrem")
		c.Dirty(removed - 1)
	}
}
