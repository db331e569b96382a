package keyspace

import (
	"encoding/binary"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

const (
	longKey   = 1 << iota // the key's length has four bytes
	longValue             // the value's length has four bytes
	hasExpiry             // there is an expiry
	isObject              // the value is the number of an Object
)

const (
	offKind   = 0
	offFlags  = 1
	offAccess = 2
	offKeyLen = 5
)

// A header is where the parts of an entry are.
type header struct {
	keyLen, valueLen  int
	offValueLen       int
	offExpiry, offKey int
	offValue, offEnd  int
}

// layout reads the header of an entry.
func layout(b []byte) (h header) {
	flags := b[offFlags]
	off := offKeyLen
	if flags&longKey == 0 {
		h.keyLen = int(b[off])
		off++
	} else {
		h.keyLen = int(binary.LittleEndian.Uint32(b[off:]))
		off += 4
	}
	h.offValueLen = off
	if flags&longValue == 0 {
		h.valueLen = int(b[off])
		off++
	} else {
		h.valueLen = int(binary.LittleEndian.Uint32(b[off:]))
		off += 4
	}
	h.offExpiry = off
	if flags&hasExpiry != 0 {
		off += 8
	}
	h.offKey = off
	h.offValue = off + h.keyLen
	h.offEnd = h.offValue + h.valueLen
	return h
}

// keyOf returns the key of an entry.
func keyOf(b []byte) []byte {
	flags := b[offFlags]
	if flags&(longKey|longValue|hasExpiry) == 0 { // nearly always
		const off = offKeyLen + 2
		return b[off : off+int(b[offKeyLen])]
	}
	h := layout(b)
	return b[h.offKey:h.offValue]
}

// A shape is what an entry is made of.
type shape struct {
	kind     byte
	object   bool
	access   uint32
	expiry   int64 // 0: none
	key      []byte
	valueLen int
}

// size returns the bytes that an entry takes.
func (s *shape) size() int {
	n := offKeyLen + 2 + len(s.key) + s.valueLen
	if len(s.key) > 255 {
		n += 3
	}
	if s.valueLen > 255 {
		n += 3
	}
	if s.expiry != 0 {
		n += 8
	}
	return n
}

// write fills in an entry but for its value, whose place it returns.
func (s *shape) write(b []byte) (value []byte) {
	var flags byte
	off := offKeyLen
	if len(s.key) > 255 {
		flags |= longKey
		binary.LittleEndian.PutUint32(b[off:], uint32(len(s.key)))
		off += 4
	} else {
		b[off] = byte(len(s.key))
		off++
	}
	if s.valueLen > 255 {
		flags |= longValue
		binary.LittleEndian.PutUint32(b[off:], uint32(s.valueLen))
		off += 4
	} else {
		b[off] = byte(s.valueLen)
		off++
	}
	if s.expiry != 0 {
		flags |= hasExpiry
		binary.LittleEndian.PutUint64(b[off:], uint64(s.expiry))
		off += 8
	}
	if s.object {
		flags |= isObject
	}
	b[offKind], b[offFlags] = s.kind, flags
	putAccess(b, s.access)
	off += copy(b[off:], s.key)
	return b[off : off+s.valueLen]
}

func getAccess(b []byte) uint32 {
	return uint32(b[offAccess]) | uint32(b[offAccess+1])<<8 | uint32(b[offAccess+2])<<16
}

func putAccess(b []byte, a uint32) {
	b[offAccess], b[offAccess+1], b[offAccess+2] = byte(a), byte(a>>8), byte(a>>16)
}

// An Entry is a key and its value, for as long as neither it nor another key is changed through something else. The zero
// Entry is none.
type Entry struct {
	db   *DB
	ref  slab.Ref
	hash uint64
}

// Exists reports whether the Entry is one.
func (e Entry) Exists() bool { return e.ref != 0 }

func (e Entry) raw() []byte { return e.db.store.Heap.Bytes(e.ref) }

// Ref returns where the entry is in the slab, for those who look for changes in place.
func (e Entry) Ref() slab.Ref { return e.ref }

// Key returns the key: a view that ends with the entry.
func (e Entry) Key() []byte { return keyOf(e.raw()) }

// Type returns the type of the value.
func (e Entry) Type() Type { return Type(e.raw()[offKind] >> 4) }

// Encoding returns the representation of the value.
func (e Entry) Encoding() Encoding { return Encoding(e.raw()[offKind] & 15) }

// Bytes returns the value that is in the entry: a view that may be written to. It is nil if the value is an Object.
func (e Entry) Bytes() []byte {
	b := e.raw()
	if b[offFlags]&isObject != 0 {
		return nil
	}
	h := layout(b)
	return b[h.offValue:h.offEnd:h.offEnd]
}

// Object returns the value that is an Object, or nil.
func (e Entry) Object() Object {
	b := e.raw()
	if b[offFlags]&isObject == 0 {
		return nil
	}
	return e.db.store.objects.get(objectIndex(b))
}

func objectIndex(b []byte) uint32 {
	h := layout(b)
	return binary.LittleEndian.Uint32(b[h.offValue:])
}

// Expiry returns the Unix time in milliseconds at which the key ends.
func (e Entry) Expiry() (at int64, ok bool) {
	b := e.raw()
	if b[offFlags]&hasExpiry == 0 {
		return 0, false
	}
	h := layout(b)
	return int64(binary.LittleEndian.Uint64(b[h.offExpiry:])), true
}

// Access returns the 24 bits of the LRU clock or the LFU counter.
func (e Entry) Access() uint32 { return getAccess(e.raw()) }

// SetAccess sets them.
func (e Entry) SetAccess(a uint32) { putAccess(e.raw(), a) }

// Memory returns the bytes that the key and its value take.
func (e Entry) Memory() int {
	n := len(e.raw()) + 8 // and its part of the table
	if o := e.Object(); o != nil {
		n += o.Memory()
	}
	return n
}
