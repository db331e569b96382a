package hash

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

var _ keyspace.Object = (*Hash)(nil)

// header is about what a Hash takes without its table.
const header = 64

// Bytes returns the memory of the hash outside the slab.
func (h *Hash) Bytes() int {
	if h.fields == nil {
		return 0
	}
	return header + h.fields.Bytes()
}

// Memory returns the memory of the hash.
func (h *Hash) Memory() int { return h.Bytes() + h.slab }

// Clone returns a copy.
func (h *Hash) Clone() keyspace.Object {
	c := New(h.store)
	h.fields.All(func(ref slab.Ref) bool {
		b := h.store.Heap.Bytes(ref)
		field, rest := fieldOf(b)
		value := valueOf(rest)
		c.fields.Insert(h.store.Hash(field), c.alloc(field, value, entrySize(len(field), len(value))))
		return true
	})
	return c
}

// Free gives back up to n fields, and with them the rest of a bucket. It walks the table, which nobody changes any more, so
// that a scan meets each entry once.
func (h *Hash) Free(n int) (int, bool) {
	for n > 0 && h.fields != nil {
		h.cursor = h.fields.Scan(h.cursor, func(ref slab.Ref) {
			h.free(ref)
			n--
		})
		if h.cursor == 0 {
			h.fields = nil
		}
	}
	return max(n, 0), h.fields == nil
}
