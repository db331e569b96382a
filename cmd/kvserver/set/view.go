package set

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A View is the set of a keyspace entry for reading, until the next change of the store. Not more than one of the forms is
// there.
type View struct {
	ints  []byte // an intset
	small []byte // a listpack
	large *Set
}

// Open returns the set of an entry, which is of the type or does not exist: then the set is empty.
func Open(e keyspace.Entry) View {
	if !e.Exists() {
		return View{}
	}
	if s, ok := e.Object().(*Set); ok {
		return View{large: s}
	}
	if e.Encoding() == keyspace.Intset {
		return View{ints: e.Bytes()}
	}
	return View{small: e.Bytes()}
}

// Len returns the number of members of the set of an entry, or 0 if that does not exist.
func Len(e keyspace.Entry) int { return Open(e).Len() }

// Each calls fn for the members of the set of an entry until it returns false. fn must not change the store.
func Each(e keyspace.Entry, fn func(member listpack.Value) bool) { Open(e).Each(fn) }

// Len returns the number of members.
func (v View) Len() int {
	switch {
	case v.large != nil:
		return v.large.Len()
	case v.ints != nil:
		return intset.Len(v.ints)
	case v.small != nil:
		return listpack.Len(v.small)
	}
	return 0
}

// Contains reports whether the set has a member.
func (v View) Contains(member []byte) bool {
	switch {
	case v.large != nil:
		return v.large.Contains(member)
	case v.ints != nil:
		n, ok := listpack.ParseInt(member)
		return ok && intset.Contains(v.ints, n)
	}
	return v.find(member) >= 0
}

// ContainsValue is Contains for a member of another set.
func (v View) ContainsValue(m listpack.Value) bool {
	if m.IsInt && v.ints != nil {
		return intset.Contains(v.ints, m.Int)
	}
	if !m.IsInt {
		return v.Contains(m.Str)
	}
	var digits [20]byte
	return v.Contains(m.AppendTo(digits[:0]))
}

// find returns the offset of a member in the listpack, or -1.
func (v View) find(member []byte) int {
	if v.small == nil {
		return -1
	}
	return listpack.Find(v.small, listpack.First(v.small), member, 0)
}

// Each calls fn for the members until it returns false. fn must not change the store.
func (v View) Each(fn func(member listpack.Value) bool) {
	switch {
	case v.large != nil:
		v.large.members.All(func(ref slab.Ref) bool { return fn(v.large.at(ref)) })
	case v.ints != nil:
		for i := range intset.Len(v.ints) {
			if !fn(listpack.IntValue(intset.At(v.ints, i))) {
				return
			}
		}
	case v.small != nil:
		for off := listpack.First(v.small); off >= 0; off = listpack.Next(v.small, off) {
			if !fn(listpack.Get(v.small, off)) {
				return
			}
		}
	}
}

// Scan calls fn for the members of one step and returns the next cursor, 0 at the end. A compact set is one step.
func (v View) Scan(cursor uint64, fn func(member listpack.Value)) uint64 {
	if v.large != nil {
		return v.large.members.Scan(cursor, func(ref slab.Ref) { fn(v.large.at(ref)) })
	}
	v.Each(func(m listpack.Value) bool {
		fn(m)
		return true
	})
	return 0
}

// at returns the member of an entry of the table.
func (s *Set) at(ref slab.Ref) listpack.Value { return listpack.Value{Str: s.member(ref)} }
