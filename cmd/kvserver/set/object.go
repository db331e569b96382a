package set

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

var _ keyspace.Object = (*Set)(nil)

// header is about what a Set takes without its table.
const header = 64

// Bytes returns the memory of the set outside the slab.
func (s *Set) Bytes() int {
	if s.members == nil {
		return 0
	}
	return header + s.members.Bytes()
}

// Memory returns the memory of the set.
func (s *Set) Memory() int { return s.Bytes() + s.slab }

// Clone returns a copy.
func (s *Set) Clone() keyspace.Object {
	c := New(s.store)
	s.members.All(func(ref slab.Ref) bool {
		member := s.member(ref)
		c.insert(s.store.Hash(member), member)
		return true
	})
	return c
}

// Free gives back up to n members, and with them the rest of a bucket. It walks the table, which nobody changes any more,
// so that a scan meets each entry once.
func (s *Set) Free(n int) (int, bool) {
	for n > 0 && s.members != nil {
		s.cursor = s.members.Scan(s.cursor, func(ref slab.Ref) {
			s.free(ref)
			n--
		})
		if s.cursor == 0 {
			s.members = nil
		}
	}
	return max(n, 0), s.members == nil
}
