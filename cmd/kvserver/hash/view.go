package hash

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A View is the hash of a keyspace entry for reading, until the next change of the store.
type View struct {
	small []byte // a listpack; nil if the hash is large, or there is none
	large *Hash
}

// Open returns the hash of an entry, which is of the type or does not exist: then the hash is empty.
func Open(e keyspace.Entry) View {
	if !e.Exists() {
		return View{}
	}
	if h, ok := e.Object().(*Hash); ok {
		return View{large: h}
	}
	return View{small: e.Bytes()}
}

// Len returns the number of fields of the hash of an entry, or 0 if that does not exist.
func Len(e keyspace.Entry) int { return Open(e).Len() }

// Each calls fn for the fields and values of the hash of an entry until it returns false. fn must not change the store.
func Each(e keyspace.Entry, fn func(field, value listpack.Value) bool) { Open(e).Each(fn) }

// Len returns the number of fields.
func (v View) Len() int {
	switch {
	case v.large != nil:
		return v.large.Len()
	case v.small != nil:
		return listpack.Len(v.small) / 2
	}
	return 0
}

// Get returns the value of a field.
func (v View) Get(field []byte) (listpack.Value, bool) {
	if v.large != nil {
		value, ok := v.large.Get(field)
		return listpack.Value{Str: value}, ok
	}
	off := v.find(field)
	if off < 0 {
		return listpack.Value{}, false
	}
	return listpack.Get(v.small, listpack.Next(v.small, off)), true
}

// find returns the offset of a field in the listpack, or -1.
func (v View) find(field []byte) int {
	if v.small == nil {
		return -1
	}
	return listpack.Find(v.small, listpack.First(v.small), field, 1)
}

// Each calls fn for the fields and values until it returns false. fn must not change the store.
func (v View) Each(fn func(field, value listpack.Value) bool) {
	if v.large != nil {
		v.large.each(func(field, value []byte) bool { return fn(listpack.Value{Str: field}, listpack.Value{Str: value}) })
		return
	}
	if v.small == nil {
		return
	}
	for off := listpack.First(v.small); off >= 0; {
		value := listpack.Next(v.small, off)
		if !fn(listpack.Get(v.small, off), listpack.Get(v.small, value)) {
			return
		}
		off = listpack.Next(v.small, value)
	}
}

// Scan calls fn for the fields and values of one step and returns the next cursor, 0 at the end. A small hash is one step.
func (v View) Scan(cursor uint64, fn func(field, value listpack.Value)) uint64 {
	if v.large != nil {
		return v.large.fields.Scan(cursor, func(ref slab.Ref) { fn(v.large.at(ref)) })
	}
	v.Each(func(field, value listpack.Value) bool {
		fn(field, value)
		return true
	})
	return 0
}

// at returns the field and the value of an entry of the table.
func (h *Hash) at(ref slab.Ref) (field, value listpack.Value) {
	f, rest := fieldOf(h.store.Heap.Bytes(ref))
	return listpack.Value{Str: f}, listpack.Value{Str: valueOf(rest)}
}
