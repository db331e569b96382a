package set

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// Limits say up to where a set of integers is an intset: set-max-intset-entries.
type Limits struct{ Entries int64 }

// smallMax is the longest listpack of a small set: it is searched from end to end, and copied by each change.
const smallMax = 512

// An Editor changes the set of a key. Its changes are there after Store. Only one Editor of a store's sets is in use at a
// time without making memory of its own.
type Editor struct {
	View
	db     *keyspace.DB
	key    []byte
	e      keyspace.Entry
	limits Limits
	copied *scratch // whose memory ints or small is in; nil: it is a view of the entry
}

// A scratch is memory for compact sets that are edited.
type scratch struct{ b []byte }

// scratchMax is the largest memory that is kept for the next time.
const scratchMax = 1 << 20

// Edit begins to change the set of an entry, which is what db.Find returned for the key; a set that does not exist is made
// by Add. key is lent until Store.
func Edit(db *keyspace.DB, key []byte, e keyspace.Entry, limits Limits) Editor {
	return Editor{View: Open(e), db: db, key: key, e: e, limits: limits}
}

// take takes the store's scratch memory.
func (s *Editor) take() *scratch {
	slot := &s.db.Store().Scratch[keyspace.Set]
	m, ok := (*slot).(*scratch)
	if !ok {
		return &scratch{}
	}
	*slot = nil // until it is given back
	return m
}

func (s *Editor) give(m *scratch, b []byte) {
	if m.b = b; cap(b) > scratchMax {
		m.b = nil
	}
	s.db.Store().Scratch[keyspace.Set] = m
}

// copy moves a compact set into memory where it can grow.
func (s *Editor) copy() {
	if s.copied != nil {
		return
	}
	s.copied = s.take()
	b := s.copied.b[:0]
	if s.ints != nil {
		s.ints = append(b, s.ints...)
	} else {
		s.small = append(b, s.small...)
	}
}

// release gives the memory back.
func (s *Editor) release() {
	if s.copied == nil {
		return
	}
	if s.ints != nil {
		s.give(s.copied, s.ints)
	} else {
		s.give(s.copied, s.small)
	}
	s.copied = nil
}

// begin makes a set that does not exist, of the form that suits its first member.
func (s *Editor) begin(integer bool) {
	s.copied = s.take()
	if integer && s.limits.Entries > 0 {
		s.ints = intset.New(s.copied.b)
	} else {
		s.small = listpack.New(s.copied.b)
	}
}

// Add adds a copy of member, not longer than MaxBytes, and reports whether it was not there.
func (s *Editor) Add(member []byte) (added bool) {
	if s.large != nil {
		return s.large.Add(member)
	}
	v := listpack.ValueOf(member)
	if s.ints == nil && s.small == nil {
		s.begin(v.IsInt)
	}
	switch {
	case s.ints != nil && v.IsInt:
		if intset.Contains(s.ints, v.Int) {
			return false
		}
		s.copy()
		s.ints, _ = intset.Add(s.ints, v.Int)
		if int64(intset.Len(s.ints)) > min(s.limits.Entries, intsetMax) {
			s.widen()
		}
		return true
	case s.ints != nil:
		s.widen()
		return s.Add(member)
	case s.find(member) >= 0:
		return false
	}
	if len(s.small)+v.Size() > smallMax {
		s.enlarge()
		return s.large.Add(member)
	}
	s.copy()
	s.small = listpack.AppendValue(s.small, v)
	return true
}

// AddValue is Add for a member of another set.
func (s *Editor) AddValue(m listpack.Value) (added bool) {
	if !m.IsInt {
		return s.Add(m.Str)
	}
	var digits [20]byte
	return s.Add(m.AppendTo(digits[:0]))
}

// Clear removes all members; a large set is left for Store to free.
func (s *Editor) Clear() {
	s.release()
	s.View = View{}
}

// intsetMax bounds intsets whatever the limit is, as in Redis.
const intsetMax = 1 << 30

// widen makes an intset a set of strings.
func (s *Editor) widen() {
	size := listpack.MinBytes
	for i := range intset.Len(s.ints) {
		size += listpack.IntValue(intset.At(s.ints, i)).Size()
	}
	if size > smallMax {
		s.enlarge()
		return
	}
	var buf [smallMax]byte
	lp := listpack.New(buf[:0])
	for i := range intset.Len(s.ints) {
		lp = listpack.AppendValue(lp, listpack.IntValue(intset.At(s.ints, i)))
	}
	s.release()
	s.copied = s.take()
	s.ints, s.small = nil, append(s.copied.b[:0], lp...)
}

// enlarge makes a compact set a large one.
func (s *Editor) enlarge() {
	large := New(s.db.Store())
	var member []byte
	s.Each(func(m listpack.Value) bool {
		member = m.AppendTo(member[:0])
		large.Add(member)
		return true
	})
	s.release()
	s.ints, s.small, s.large = nil, nil, large
}

// Remove removes a member, which may be a view of the set, and reports whether it was there.
func (s *Editor) Remove(member []byte) bool {
	switch {
	case s.large != nil:
		return s.large.Remove(member)
	case s.ints != nil:
		n, ok := listpack.ParseInt(member)
		if !ok {
			return false
		}
		i, ok := intset.Find(s.ints, n)
		if ok {
			s.removeInt(i)
		}
		return ok
	}
	off := s.find(member)
	if off >= 0 {
		s.removeAt(off)
	}
	return off >= 0
}

func (s *Editor) removeInt(i int) {
	s.copy()
	s.ints = intset.RemoveAt(s.ints, i)
}

func (s *Editor) removeAt(off int) {
	s.copy()
	s.small = listpack.Delete(s.small, off, 1)
}

// Pop removes a member at random, each with the same probability, and calls fn with it before. The set is not empty. fn
// must not change the store.
func (s *Editor) Pop(fn func(member listpack.Value)) {
	store := s.db.Store()
	switch {
	case s.large != nil:
		m := s.Random(store)
		fn(m)
		s.large.Remove(m.Str)
	case s.ints != nil:
		i := store.Below(intset.Len(s.ints))
		fn(listpack.IntValue(intset.At(s.ints, i)))
		s.removeInt(i)
	default:
		off := listpack.Seek(s.small, store.Below(listpack.Len(s.small)))
		fn(listpack.Get(s.small, off))
		s.removeAt(off)
	}
}
