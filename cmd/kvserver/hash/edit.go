package hash

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// Limits say up to where a hash is small: hash-max-listpack-entries and hash-max-listpack-value.
type Limits struct{ Entries, Value int64 }

// allows reports whether a field or value of n bytes may be in a small hash.
func (l Limits) allows(n int) bool { return int64(n) <= l.Value }

// An Editor changes the hash of a key. Its changes are there after Store. Only one Editor of a store's hashes is in use
// at a time without making memory of its own.
type Editor struct {
	View
	db     *keyspace.DB
	key    []byte
	e      keyspace.Entry
	limits Limits
	copied *scratch // whose memory small is in; nil: small is a view of the entry
}

// A scratch is memory for small hashes that are edited.
type scratch struct{ b []byte }

// scratchMax is the largest memory that is kept for the next time.
const scratchMax = 1 << 20

// Edit begins to change the hash of an entry, which is what db.Find returned for the key; a hash that does not exist is
// made by Set. key is lent until Store.
func Edit(db *keyspace.DB, key []byte, e keyspace.Entry, limits Limits) Editor {
	return Editor{View: Open(e), db: db, key: key, e: e, limits: limits}
}

// copy moves a small hash into memory where it can grow.
func (h *Editor) copy() {
	if h.copied != nil {
		return
	}
	slot := &h.db.Store().Scratch[keyspace.Hash]
	s, ok := (*slot).(*scratch)
	if ok {
		*slot = nil // until Store
	} else {
		s = &scratch{}
	}
	if h.small == nil {
		s.b = listpack.New(s.b)
	} else {
		s.b = append(s.b[:0], h.small...)
	}
	h.small, h.copied = s.b, s
}

// release gives the memory back.
func (h *Editor) release() {
	if h.copied == nil {
		return
	}
	if h.copied.b = h.small; cap(h.small) > scratchMax {
		h.copied.b = nil
	}
	h.db.Store().Scratch[keyspace.Hash] = h.copied
	h.copied = nil
}

// Set gives a field a copy of value and reports whether the field is new. Neither is longer than MaxBytes.
func (h *Editor) Set(field, value []byte) (added bool) {
	if h.large == nil && (!h.limits.allows(len(field)) || !h.limits.allows(len(value)) || int64(h.Len()) > h.limits.Entries) {
		h.enlarge()
	}
	if h.large != nil {
		return h.large.Set(field, value)
	}
	v := listpack.ValueOf(value)
	if off := h.find(field); off >= 0 {
		h.replace(listpack.Next(h.small, off), v)
		return false
	}
	f := listpack.ValueOf(field)
	h.copy()
	if int64(h.Len()) >= h.limits.Entries || !listpack.Fits(h.small, f.Size()+v.Size()) {
		h.enlarge()
		return h.large.Set(field, value)
	}
	h.small = listpack.AppendValue(listpack.AppendValue(h.small, f), v)
	return true
}

// replace puts another value in the place of the one at off.
func (h *Editor) replace(off int, v listpack.Value) {
	size := v.Size()
	old := listpack.BytesOf(h.small, off, 1)
	if size != old {
		if !listpack.Fits(h.small, size) {
			h.enlargeWith(off, v)
			return
		}
		h.copy()
	}
	h.small = listpack.ReplaceValue(h.small, off, v)
}

// enlargeWith makes the hash large and sets the field whose value is at off.
func (h *Editor) enlargeWith(off int, v listpack.Value) {
	field := listpack.Get(h.small, listpack.Prev(h.small, off)).AppendTo(nil)
	h.enlarge()
	h.large.Set(field, v.AppendTo(nil))
}

// enlarge makes a small hash, or none, a large one.
func (h *Editor) enlarge() {
	large := New(h.db.Store())
	var field, value []byte
	h.Each(func(f, v listpack.Value) bool {
		field, value = f.AppendTo(field[:0]), v.AppendTo(value[:0])
		large.Set(field, value)
		return true
	})
	h.release()
	h.small, h.large = nil, large
}

// Delete removes a field and reports whether it was there.
func (h *Editor) Delete(field []byte) bool {
	if h.large != nil {
		return h.large.Delete(field)
	}
	off := h.find(field)
	if off < 0 {
		return false
	}
	h.copy()
	h.small = listpack.Delete(h.small, off, 2)
	return true
}

// Store keeps the changes: it makes the key if there was none, and deletes it if the hash is empty, which it reports.
// Nothing else of the Editor is to be used after it.
func (h *Editor) Store() (gone bool) {
	if h.Len() == 0 {
		h.release()
		if h.e.Exists() {
			h.e.Delete()
		}
		return true
	}
	switch {
	case h.large != nil && !h.e.Exists():
		h.e = h.db.CreateObject(h.key, keyspace.Hash, keyspace.Hashtable, h.large)
	case h.large != nil && h.e.Object() == nil:
		h.e.SetObject(keyspace.Hashtable, h.large)
	case h.copied == nil: // changed in place
	case h.e.Exists():
		h.e.SetBytes(keyspace.Listpack, h.small)
	default:
		h.e = h.db.Create(h.key, keyspace.Hash, keyspace.Listpack, h.small)
	}
	h.release()
	return false
}
