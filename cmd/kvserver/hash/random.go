package hash

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// Random returns a field and its value, each with the same probability. The hash is not empty.
func (v View) Random(s *keyspace.Store) (field, value listpack.Value) {
	if v.large != nil {
		return v.large.at(v.large.fields.Random(s.Rand))
	}
	off := listpack.Seek(v.small, 2*s.Below(v.Len()))
	return listpack.Get(v.small, off), listpack.Get(v.small, listpack.Next(v.small, off))
}

// Repeat calls fn for n fields and their values, each drawn from all, until it returns false. The hash is not empty. fn must
// not change the store.
func (v View) Repeat(s *keyspace.Store, n int64, fn func(field, value listpack.Value) bool) {
	if v.large != nil || n < indexed {
		for ; n > 0 && fn(v.Random(s)); n-- {
		}
		return
	}
	var offsets []int // instead of a walk for each
	for off := listpack.First(v.small); off >= 0; off = listpack.Next(v.small, listpack.Next(v.small, off)) {
		offsets = append(offsets, off)
	}
	for ; n > 0; n-- {
		off := offsets[s.Below(len(offsets))]
		if !fn(listpack.Get(v.small, off), listpack.Get(v.small, listpack.Next(v.small, off))) {
			return
		}
	}
}

// indexed is from how many draws on a small hash is indexed first.
const indexed = 4

// Sample calls fn for n different fields and their values, each choice of n with the same probability; for all of them if
// there are no more. fn must not change the store.
func (v View) Sample(s *keyspace.Store, n int, fn func(field, value listpack.Value)) {
	switch {
	case v.large != nil && n <= pickMax && n < v.large.Len()/sparse:
		v.large.pick(n, fn)
	default:
		v.choose(s, n, fn)
	}
}

// sparse is how many times larger than a sample a hash is if the sample is picked at random, and not by a walk.
const sparse = 4

// pickMax bounds the memory for what has been drawn.
const pickMax = 1 << 18

// pick draws until it has n different fields.
func (h *Hash) pick(n int, fn func(field, value listpack.Value)) {
	seen := make(map[slab.Ref]struct{}, n)
	for len(seen) < n {
		ref := h.fields.Random(h.store.Rand)
		if _, ok := seen[ref]; !ok {
			seen[ref] = struct{}{}
			fn(h.at(ref))
		}
	}
}

// choose walks over all and takes each with the probability that is left for it: D. E. Knuth, The Art of Computer
// Programming, vol. 2, 3.4.2, algorithm S.
func (v View) choose(s *keyspace.Store, n int, fn func(field, value listpack.Value)) {
	left := v.Len()
	v.Each(func(field, value listpack.Value) bool {
		if n >= left || s.Below(left) < n {
			fn(field, value)
			n--
		}
		left--
		return n > 0
	})
}
