package keyspace

import (
	"encoding/binary"
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// shape returns what the entry is made of now.
func (e Entry) shape(b []byte) shape {
	h := layout(b)
	s := shape{kind: b[offKind], object: b[offFlags]&isObject != 0, access: getAccess(b), key: b[h.offKey:h.offValue], valueLen: h.valueLen}
	if b[offFlags]&hasExpiry != 0 {
		s.expiry = int64(binary.LittleEndian.Uint64(b[h.offExpiry:]))
	}
	return s
}

// remake replaces the entry by one of shape s, whose key is the entry's own, and returns the place of the value. The old
// memory is freed.
func (e *Entry) remake(s *shape) (value []byte) {
	store := e.db.store
	ref := store.Heap.Alloc(s.size())
	value = s.write(store.Heap.Bytes(ref))
	e.swap(ref, s.expiry != 0)
	return value
}

// swap puts another entry of the same key in place of this one, which is freed.
func (e *Entry) swap(ref slab.Ref, expires bool) {
	e.db.replace(e.hash, e.ref, ref, e.hasExpiry(), expires)
	e.db.store.Heap.Free(e.ref)
	e.ref = ref
}

// SetBytes replaces the value by one in the entry: a copy of v, which must not be a view of this entry. The type stays.
func (e *Entry) SetBytes(enc Encoding, v []byte) {
	e.put(e.raw()[offKind]&0xf0|byte(enc), v, KeepExpiry)
}

// KeepExpiry stands for the expiry that a key has.
const KeepExpiry = math.MinInt64

// put replaces kind, value and expiry, in place where they fit well enough.
func (e *Entry) put(kind byte, v []byte, at int64) {
	b := e.raw()
	e.dropObject(b)
	h := layout(b)
	flags := b[offFlags]
	need := h.offValue + len(v)
	fits := need <= len(b) && need > len(b)/2 && (len(v) > 255) == (flags&longValue != 0)
	if fits && (at == KeepExpiry || (at != 0) == (flags&hasExpiry != 0)) {
		b[offKind] = kind
		if flags&longValue != 0 {
			binary.LittleEndian.PutUint32(b[h.offValueLen:], uint32(len(v)))
		} else {
			b[h.offValueLen] = byte(len(v))
		}
		if flags&hasExpiry != 0 && at != KeepExpiry {
			binary.LittleEndian.PutUint64(b[h.offExpiry:], uint64(at))
		}
		copy(b[h.offValue:need], v)
		return
	}
	s := e.shape(b)
	s.kind, s.valueLen = kind, len(v)
	if at != KeepExpiry {
		s.expiry = at
	}
	copy(e.remake(&s), v)
}

// SetObject replaces the value by an Object, which the store owns from here on. The type stays.
func (e *Entry) SetObject(enc Encoding, o Object) {
	e.putObject(e.raw()[offKind]&0xf0|byte(enc), o, KeepExpiry)
}

// putObject is put for an Object.
func (e *Entry) putObject(kind byte, o Object, at int64) {
	var number [4]byte
	index := e.db.store.objects.add(o)
	binary.LittleEndian.PutUint32(number[:], index)
	e.put(kind, number[:], at)
	e.raw()[offFlags] |= isObject
	e.db.store.touched(index)
}

// TakeObject returns the Object of the entry and leaves an empty value: whoever takes it owns it.
func (e *Entry) TakeObject() Object {
	b := e.raw()
	o := e.Object()
	if o == nil {
		return nil
	}
	e.db.store.objects.remove(objectIndex(b))
	b[offFlags] &^= isObject
	e.SetBytes(e.Encoding(), nil)
	return o
}

// dropObject frees the Object of an entry, if it has one.
func (e *Entry) dropObject(b []byte) {
	if b[offFlags]&isObject != 0 {
		e.db.store.discard(e.db.store.objects.remove(objectIndex(b)))
		b[offFlags] &^= isObject
	}
}

// SetExpiry has the key end at a Unix time in milliseconds, which is not 0.
func (e *Entry) SetExpiry(at int64) {
	b := e.raw()
	if b[offFlags]&hasExpiry != 0 {
		binary.LittleEndian.PutUint64(b[layout(b).offExpiry:], uint64(at))
		return
	}
	e.reshape(at)
}

// Persist takes the expiry away and reports whether there was one.
func (e *Entry) Persist() bool {
	if e.raw()[offFlags]&hasExpiry == 0 {
		return false
	}
	e.reshape(0)
	return true
}

// reshape remakes the entry with another expiry.
func (e *Entry) reshape(expiry int64) {
	store := e.db.store
	b := e.raw()
	s := e.shape(b)
	h := layout(b)
	s.expiry = expiry
	ref := store.Heap.Alloc(s.size())
	copy(s.write(store.Heap.Bytes(ref)), b[h.offValue:h.offEnd])
	e.swap(ref, expiry != 0)
}

// Delete removes the key.
func (e *Entry) Delete() {
	e.db.remove(e.hash, e.ref)
	e.ref = 0
}
