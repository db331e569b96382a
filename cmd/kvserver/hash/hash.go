package hash

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
	"github.com/catamaran-os/catamaran/cmd/kvserver/table"
)

// A Hash is a large hash.
type Hash struct {
	store  *keyspace.Store
	fields *table.Table
	slab   int    // bytes of entries
	cursor uint64 // of Free
}

// New makes an empty Hash whose entries are in the store's slab.
func New(store *keyspace.Store) *Hash {
	h := &Hash{store: store}
	h.fields = table.New(h.hashOf)
	return h
}

func (h *Hash) hashOf(ref slab.Ref) uint64 {
	field, _ := fieldOf(h.store.Heap.Bytes(ref))
	return h.store.Hash(field)
}

// Len returns the number of fields.
func (h *Hash) Len() int { return h.fields.Len() }

// Get returns the value of a field: a view.
func (h *Hash) Get(field []byte) ([]byte, bool) {
	for c := h.fields.Seek(h.store.Hash(field)); c.Next(); {
		if rest, ok := match(h.store.Heap.Bytes(c.Ref()), field); ok {
			return valueOf(rest), true
		}
	}
	return nil, false
}

// Set gives a field a copy of value and reports whether the field is new.
func (h *Hash) Set(field, value []byte) (added bool) {
	hash, heap := h.store.Hash(field), h.store.Heap
	size := entrySize(len(field), len(value))
	for c := h.fields.Seek(hash); c.Next(); {
		b := heap.Bytes(c.Ref())
		rest, ok := match(b, field)
		if !ok {
			continue
		}
		if size <= len(b) && (size > len(b)/2 || len(b) <= roomy) {
			putValue(rest, value)
			return false
		}
		old := c.Ref()
		c.Replace(h.alloc(field, value, size))
		h.free(old)
		return false
	}
	h.fields.Insert(hash, h.alloc(field, value, size))
	return true
}

// roomy is the largest entry that is kept however little of it is used.
const roomy = 64

func (h *Hash) alloc(field, value []byte, size int) slab.Ref {
	ref := h.store.Heap.Alloc(size)
	b := h.store.Heap.Bytes(ref)
	h.slab += len(b)
	writeEntry(b, field, value)
	return ref
}

func (h *Hash) free(ref slab.Ref) {
	h.slab -= len(h.store.Heap.Bytes(ref))
	h.store.Heap.Free(ref)
}

// Delete removes a field and reports whether it was there.
func (h *Hash) Delete(field []byte) bool {
	for c := h.fields.Seek(h.store.Hash(field)); c.Next(); {
		ref := c.Ref()
		if _, ok := match(h.store.Heap.Bytes(ref), field); ok {
			c.Remove()
			h.free(ref)
			return true
		}
	}
	return false
}

// each calls fn for the fields and values until it returns false.
func (h *Hash) each(fn func(field, value []byte) bool) {
	h.fields.All(func(ref slab.Ref) bool {
		field, rest := fieldOf(h.store.Heap.Bytes(ref))
		return fn(field, valueOf(rest))
	})
}
