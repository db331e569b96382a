package set

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// Store keeps the changes: it makes the key if there was none, and deletes it if the set is empty, which it reports.
// Nothing else of the Editor is to be used after it.
func (s *Editor) Store() (gone bool) {
	if s.Len() == 0 {
		s.release()
		if s.e.Exists() {
			s.e.Delete()
		}
		return true
	}
	switch {
	case s.large != nil && !s.e.Exists():
		s.e = s.db.CreateObject(s.key, keyspace.Set, keyspace.Hashtable, s.large)
	case s.large != nil && s.e.Object() == nil:
		s.e.SetObject(keyspace.Hashtable, s.large)
	case s.copied == nil: // not changed, or in the large set
	case s.ints != nil:
		s.put(keyspace.Intset, s.ints)
	default:
		s.put(keyspace.Hashtable, s.small)
	}
	s.release()
	return false
}

func (s *Editor) put(enc keyspace.Encoding, b []byte) {
	if s.e.Exists() {
		s.e.SetBytes(enc, b)
	} else {
		s.e = s.db.Create(s.key, keyspace.Set, enc, b)
	}
}

// A Builder makes a set that is of no key yet.
type Builder struct{ s Editor }

// Build begins an empty set in the store.
func Build(store *keyspace.Store, limits Limits) *Builder {
	return &Builder{s: Editor{db: store.DB(0), limits: limits}}
}

// Add adds a copy of member, not longer than MaxBytes, and reports whether it was not there.
func (b *Builder) Add(member []byte) (added bool) { return b.s.Add(member) }

// AddValue is Add for a member of another set.
func (b *Builder) AddValue(m listpack.Value) (added bool) { return b.s.AddValue(m) }

// View returns the set as it is, until the next Add.
func (b *Builder) View() View { return b.s.View }

// Store makes the set the value of a key, which must not exist, and returns the entry; none if the set is empty. It ends
// the use of the Builder. Who calls it notifies.
func (b *Builder) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	b.s.db, b.s.key = db, key
	b.s.Store()
	return b.s.e
}

// Discard frees the set instead. It ends the use of the Builder.
func (b *Builder) Discard() {
	b.s.release()
	if b.s.large != nil {
		b.s.large.Free(math.MaxInt)
	}
}
