package set

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
	"github.com/catamaran-os/catamaran/cmd/kvserver/table"
)

// MaxBytes is the longest member: its entry is one allocation in the slab.
const MaxBytes = 1<<30 - 1<<13

// A Set is a large set.
type Set struct {
	store   *keyspace.Store
	members *table.Table
	slab    int    // bytes of entries
	cursor  uint64 // of Free
}

// New makes an empty Set whose entries are in the store's slab.
func New(store *keyspace.Store) *Set {
	s := &Set{store: store}
	s.members = table.New(s.hashOf)
	return s
}

func (s *Set) hashOf(ref slab.Ref) uint64 { return s.store.Hash(s.member(ref)) }

// member returns the member of an entry: a view.
func (s *Set) member(ref slab.Ref) []byte {
	b := s.store.Heap.Bytes(ref)
	if n := int(b[0]); n < 0x80 { // nearly always
		return b[1 : 1+n : 1+n]
	}
	n, at := binary.Uvarint(b)
	return b[at : at+int(n) : at+int(n)]
}

// seek returns a cursor at the member, if it is there.
func (s *Set) seek(hash uint64, member []byte) (table.Cursor, bool) {
	c := s.members.Seek(hash)
	for c.Next() {
		if bytes.Equal(s.member(c.Ref()), member) {
			return c, true
		}
	}
	return c, false
}

// Len returns the number of members.
func (s *Set) Len() int { return s.members.Len() }

// Contains reports whether the set has a member.
func (s *Set) Contains(member []byte) bool {
	_, ok := s.seek(s.store.Hash(member), member)
	return ok
}

// Add adds a copy of member and reports whether it was not there.
func (s *Set) Add(member []byte) (added bool) {
	hash := s.store.Hash(member)
	if _, ok := s.seek(hash, member); ok {
		return false
	}
	s.insert(hash, member)
	return true
}

func (s *Set) insert(hash uint64, member []byte) {
	head := (bits.Len64(uint64(len(member))|1) + 6) / 7
	ref := s.store.Heap.Alloc(head + len(member))
	b := s.store.Heap.Bytes(ref)
	s.slab += len(b)
	copy(b[binary.PutUvarint(b, uint64(len(member))):], member)
	s.members.Insert(hash, ref)
}

func (s *Set) free(ref slab.Ref) {
	s.slab -= len(s.store.Heap.Bytes(ref))
	s.store.Heap.Free(ref)
}

// Remove removes a member and reports whether it was there.
func (s *Set) Remove(member []byte) bool {
	c, ok := s.seek(s.store.Hash(member), member)
	if !ok {
		return false
	}
	ref := c.Ref()
	c.Remove()
	s.free(ref)
	return true
}
