package zset

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// Limits say up to where a sorted set is small: zset-max-listpack-entries and zset-max-listpack-value.
type Limits struct {
	Entries, Value int64 // elements, bytes of a member
}

// A Set is the sorted set of a key, in either form, or one that does not exist and is empty. It is good until the key is
// changed by other means.
type Set struct {
	db     *keyspace.DB
	key    []byte
	limits Limits
	entry  keyspace.Entry
	list   *List // the large form
	small  small // the small form: a view of the entry
	digits [20]byte
}

// View returns the sorted set of an entry, or an empty one if there is no entry, to be read.
func View(e keyspace.Entry) Set { return Edit(nil, nil, e, Limits{}) }

// Edit returns the sorted set of a key, whose entry is e, to be changed. The key is made with the first if there is no
// entry. Set keeps the view of the key.
func Edit(db *keyspace.DB, key []byte, e keyspace.Entry, limits Limits) Set {
	s := Set{db: db, key: key, limits: limits, entry: e}
	if !e.Exists() {
		return s
	}
	if o := e.Object(); o != nil {
		s.list = o.(*List)
	} else {
		s.small = e.Bytes()
	}
	return s
}

// Exists reports whether there is a key. One whose last element was removed exists until Delete.
func (s *Set) Exists() bool { return s.entry.Exists() }

// Delete removes the key.
func (s *Set) Delete() {
	s.entry.Delete()
	s.list, s.small = nil, nil
}

// Len returns the number of elements.
func (s *Set) Len() int {
	switch {
	case s.list != nil:
		return s.list.len
	case s.small != nil:
		return s.small.len()
	}
	return 0
}

// Listpack returns the small form, a view of the entry, or nil.
func (s *Set) Listpack() []byte { return s.small }

// A scratch is memory for listpacks that are changed: an entry has no room to grow in.
type scratch struct{ b []byte }

// scratchMax is the largest memory that is kept for the next time.
const scratchMax = 64 << 10

// copy returns a copy of the small form, or a new one, in memory where it can grow.
func (s *Set) copy() (*scratch, small) {
	slot := &s.db.Store().Scratch[keyspace.ZSet]
	m, ok := (*slot).(*scratch)
	if !ok {
		m = &scratch{}
		*slot = m
	}
	if s.small == nil {
		return m, listpack.New(m.b)
	}
	return m, append(m.b[:0], s.small...)
}

// put makes p, which is in m, the small form.
func (s *Set) put(m *scratch, p small) {
	if s.entry.Exists() {
		s.entry.SetBytes(keyspace.Listpack, p)
	} else {
		s.entry = s.db.Create(s.key, keyspace.ZSet, keyspace.Listpack, p)
	}
	s.small = s.entry.Bytes()
	if m.b = p[:0]; cap(p) > scratchMax {
		m.b = nil
	}
}

// Insert adds a member that is not there.
func (s *Set) Insert(member []byte, score float64) {
	if s.list != nil {
		s.list.insert(score, member)
		return
	}
	n := 0
	if s.small != nil {
		n = s.small.len()
	}
	if !s.limits.allow(n+1, len(member)) || !listpack.Fits(s.small, len(member)+64) {
		s.enlarge().insert(score, member)
		return
	}
	m, p := s.copy()
	s.put(m, p.insert(score, member))
}

func (l *Limits) allow(entries, longest int) bool {
	return int64(entries) <= l.Entries && int64(longest) <= l.Value
}

// enlarge turns the set into its large form.
func (s *Set) enlarge() *List {
	l := newList(s.db.Store())
	a := l.appender()
	if s.small != nil {
		for off := s.small.first(); off != 0; off = s.small.next(off) {
			r := l.alloc(s.small.score(off), l.randomLevels(), s.small.member(off, &s.digits))
			l.members.Insert(l.hashOf(r), r)
			a.append(r)
		}
	}
	a.finish()
	s.adopt(l)
	return l
}

// adopt makes a List the value of the key.
func (s *Set) adopt(l *List) {
	if s.entry.Exists() {
		s.entry.SetObject(keyspace.Skiplist, l)
	} else {
		s.entry = s.db.CreateObject(s.key, keyspace.ZSet, keyspace.Skiplist, l)
	}
	s.list, s.small = l, nil
}

// SetScore gives the element at p, whose member it is told, another score.
func (s *Set) SetScore(p Pos, member []byte, score float64) {
	if s.list != nil {
		s.list.rescore(slab.Ref(p), score)
		return
	}
	m, lp := s.copy()
	s.put(m, lp.rescore(int(p), member, score))
}

// Remove removes the element at p.
func (s *Set) Remove(p Pos) {
	if s.list != nil {
		s.list.remove(slab.Ref(p))
		return
	}
	s.cut(int(p), 1)
}

// RemoveRange removes the elements of the ranks from <= rank < to, which exist.
func (s *Set) RemoveRange(from, to int) {
	switch {
	case from >= to:
	case s.list != nil:
		s.list.removeRange(from, to)
	default:
		s.cut(s.small.at(from), to-from)
	}
}

// cut removes n elements of the small form.
func (s *Set) cut(off, n int) {
	m, p := s.copy()
	s.put(m, p.remove(off, n))
}
