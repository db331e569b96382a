package set

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// Random returns a member, each with the same probability. The set is not empty.
func (v View) Random(s *keyspace.Store) listpack.Value {
	switch {
	case v.large != nil:
		return v.large.at(v.large.members.Random(s.Rand))
	case v.ints != nil:
		return listpack.IntValue(intset.At(v.ints, s.Below(intset.Len(v.ints))))
	}
	return listpack.Get(v.small, listpack.Seek(v.small, s.Below(listpack.Len(v.small))))
}

// Repeat calls fn for n members, each drawn from all, until it returns false. The set is not empty. fn must not change the
// store.
func (v View) Repeat(s *keyspace.Store, n int64, fn func(member listpack.Value) bool) {
	if v.small == nil || n < indexed {
		for ; n > 0 && fn(v.Random(s)); n-- {
		}
		return
	}
	var offsets []int // instead of a walk for each
	for off := listpack.First(v.small); off >= 0; off = listpack.Next(v.small, off) {
		offsets = append(offsets, off)
	}
	for ; n > 0 && fn(listpack.Get(v.small, offsets[s.Below(len(offsets))])); n-- {
	}
}

// indexed is from how many draws on a small set is indexed first.
const indexed = 4

// Sample calls fn for n different members, each choice of n with the same probability; for all of them if there are no
// more. fn must not change the store.
func (v View) Sample(s *keyspace.Store, n int, fn func(member listpack.Value)) {
	switch {
	case v.large != nil && n <= pickMax && n < v.large.Len()/sparse:
		v.large.pick(n, fn)
	default:
		v.choose(s, n, fn)
	}
}

// sparse is how many times larger than a sample a set is if the sample is picked at random, and not by a walk.
const sparse = 4

// pickMax bounds the memory for what has been drawn.
const pickMax = 1 << 18

// pick draws until it has n different members.
func (s *Set) pick(n int, fn func(member listpack.Value)) {
	seen := make(map[slab.Ref]struct{}, n)
	for len(seen) < n {
		ref := s.members.Random(s.store.Rand)
		if _, ok := seen[ref]; !ok {
			seen[ref] = struct{}{}
			fn(s.at(ref))
		}
	}
}

// choose walks over all and takes each with the probability that is left for it: D. E. Knuth, The Art of Computer
// Programming, vol. 2, 3.4.2, algorithm S.
func (v View) choose(s *keyspace.Store, n int, fn func(member listpack.Value)) {
	left := v.Len()
	v.Each(func(m listpack.Value) bool {
		if n >= left || s.Below(left) < n {
			fn(m)
			n--
		}
		left--
		return n > 0
	})
}
