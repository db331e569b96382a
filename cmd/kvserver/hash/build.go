package hash

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// A Builder makes a hash that is of no key yet.
type Builder struct{ h Editor }

// Build begins an empty hash in the store.
func Build(store *keyspace.Store, limits Limits) *Builder {
	return &Builder{h: Editor{db: store.DB(0), limits: limits}}
}

// Add gives a field a copy of value and reports whether the field is new. Neither is longer than MaxBytes.
func (b *Builder) Add(field, value []byte) (added bool) { return b.h.Set(field, value) }

// Len returns the number of fields.
func (b *Builder) Len() int { return b.h.Len() }

// Store makes the hash the value of a key, which must not exist, and returns the entry; none if the hash is empty. It ends
// the use of the Builder. Who calls it notifies.
func (b *Builder) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	b.h.db, b.h.key = db, key
	b.h.Store()
	return b.h.e
}

// Discard frees the hash instead. It ends the use of the Builder.
func (b *Builder) Discard() {
	b.h.release()
	if b.h.large != nil {
		b.h.large.Free(math.MaxInt)
	}
}
