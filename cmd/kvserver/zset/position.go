package zset

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A Pos names an element of a Set until the Set changes. 0 is none.
type Pos uint32

// Find returns the element with a member, or 0.
func (s *Set) Find(member []byte) Pos {
	switch {
	case s.list != nil:
		return Pos(s.list.find(member))
	case s.small != nil:
		return Pos(s.small.find(member))
	}
	return 0
}

// Score returns the score of an element.
func (s *Set) Score(p Pos) float64 {
	if s.list != nil {
		return s.list.node(slab.Ref(p)).score()
	}
	return s.small.score(int(p))
}

// Member returns the member of an element: a view until the next call or change of the Set.
func (s *Set) Member(p Pos) []byte {
	if s.list != nil {
		return s.list.node(slab.Ref(p)).member()
	}
	return s.small.member(int(p), &s.digits)
}

// Rank returns how many elements are before p.
func (s *Set) Rank(p Pos) int {
	if s.list != nil {
		return s.list.rankOf(slab.Ref(p))
	}
	return s.small.rankOf(int(p))
}

// At returns the element of a rank, from 0 on, or 0.
func (s *Set) At(rank int) Pos {
	switch {
	case s.list != nil:
		return Pos(s.list.at(rank))
	case s.small != nil:
		return Pos(s.small.at(rank))
	}
	return 0
}

// Next returns the element after p, or 0.
func (s *Set) Next(p Pos) Pos {
	if s.list != nil {
		return Pos(s.list.node(slab.Ref(p)).next(0))
	}
	return Pos(s.small.next(int(p)))
}

// Prev returns the element before p, or 0.
func (s *Set) Prev(p Pos) Pos {
	if s.list != nil {
		return Pos(s.list.node(slab.Ref(p)).back())
	}
	return Pos(s.small.prev(int(p)))
}

// Seek returns how many elements are before a bound, and the first that is not, or 0.
func (s *Set) Seek(b Bound) (rank int, p Pos) {
	switch {
	case s.list != nil:
		n, r := s.list.seek(&b)
		return n, Pos(r)
	case s.small != nil:
		n, off := s.small.seek(&b)
		return n, Pos(off)
	}
	return 0, 0
}

// Random returns an element, each with the same probability, or 0.
func (s *Set) Random(store *keyspace.Store) Pos {
	switch {
	case s.list != nil:
		return Pos(s.list.members.Random(store.Rand))
	case s.small != nil && s.small.len() > 0:
		return Pos(s.small.at(store.Below(s.small.len())))
	}
	return 0
}

// Scan calls fn for the elements of one step and returns the next cursor, 0 at the end: Redis's guarantees for ZSCAN. A
// small set is one step. fn must not change the set.
func (s *Set) Scan(cursor uint64, fn func(member []byte, score float64)) uint64 {
	if s.list != nil {
		return s.list.members.Scan(cursor, func(r slab.Ref) {
			n := s.list.node(r)
			fn(n.member(), n.score())
		})
	}
	for p := s.At(0); p != 0; p = s.Next(p) {
		fn(s.Member(p), s.Score(p))
	}
	return 0
}
