package keyspace

import (
	"encoding/binary"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

const (
	// EmbedMax is the longest string that is kept in its entry; a longer one is a Blob, which can grow in place.
	EmbedMax = 4096
	// embstrMax is up to where OBJECT ENCODING of a string that was set is embstr: as in Redis, where it depends on the
	// sizes of its allocator.
	embstrMax = 44
)

// SetString gives a key a string, whatever it held before. e is what Find or Peek has just returned for the key. A v that
// is longer than EmbedMax belongs to the store from here on, a shorter one is copied. at is the new expiry: a Unix time in
// milliseconds, 0 for none, or KeepExpiry.
func (db *DB) SetString(e Entry, key, v []byte, at int64) Entry {
	if len(v) > EmbedMax {
		return db.setBlob(e, key, v, at)
	}
	if n, ok := listpack.ParseInt(v); ok {
		return db.SetInt(e, key, n, at)
	}
	return db.SetText(e, key, v, at)
}

// SetText is SetString for a string that is not kept as an integer, whether it is one or not.
func (db *DB) SetText(e Entry, key, v []byte, at int64) Entry {
	if len(v) > EmbedMax {
		return db.setBlob(e, key, v, at)
	}
	enc := Embstr
	if len(v) > embstrMax {
		enc = Raw
	}
	return db.setBytes(e, key, enc, v, at)
}

// SetRaw is SetText for a string that was computed, which has the encoding raw however short it is.
func (db *DB) SetRaw(e Entry, key, v []byte, at int64) Entry {
	if len(v) > EmbedMax {
		return db.setBlob(e, key, v, at)
	}
	return db.setBytes(e, key, Raw, v, at)
}

// SetInt is SetString for the decimal form of n.
func (db *DB) SetInt(e Entry, key []byte, n, at int64) Entry {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	return db.setBytes(e, key, Int, b[:], at)
}

func (db *DB) setBytes(e Entry, key []byte, enc Encoding, v []byte, at int64) Entry {
	if e.ref != 0 {
		e.put(byte(String)<<4|byte(enc), v, at)
		return e
	}
	if at == KeepExpiry {
		at = 0
	}
	e, place := db.create(e.hash, key, String, enc, len(v), false, at)
	copy(place, v)
	return e
}

func (db *DB) setBlob(e Entry, key, v []byte, at int64) Entry {
	if spare := cap(v) - len(v); spare > len(v)/4 {
		v = append([]byte(nil), v...)
	}
	blob := &Blob{B: v}
	if e.ref != 0 {
		e.putObject(byte(String)<<4|byte(Raw), blob, at)
		return e
	}
	if at == KeepExpiry {
		at = 0
	}
	index := db.store.objects.add(blob)
	e, place := db.create(e.hash, key, String, Raw, 4, true, at)
	binary.LittleEndian.PutUint32(place, index)
	db.store.touched(index)
	return e
}

// String returns the string of an entry, which is one: a view that ends with the next change, or the digits of an integer
// in scratch, which has the capacity for 20.
func (e Entry) String(scratch []byte) []byte {
	b := e.raw()
	if b[offFlags]&isObject != 0 {
		return e.blob(b).B
	}
	h := layout(b)
	v := b[h.offValue:h.offEnd:h.offEnd]
	if Encoding(b[offKind]&15) == Int {
		return strconv.AppendInt(scratch[:0], int64(binary.LittleEndian.Uint64(v)), 10)
	}
	return v
}

// AppendString appends the string of an entry, which is one.
func (e Entry) AppendString(dst []byte) []byte {
	var scratch [20]byte
	return append(dst, e.String(scratch[:0])...)
}

// StringLen returns the length of the string of an entry, which is one.
func (e Entry) StringLen() int {
	var scratch [20]byte
	return len(e.String(scratch[:0]))
}

// Int returns the string of an entry, which is one, as an integer, if it is the canonical decimal form of one.
func (e Entry) Int() (n int64, ok bool) {
	if e.Encoding() == Int {
		return int64(binary.LittleEndian.Uint64(e.Bytes())), true
	}
	return listpack.ParseInt(e.String(nil)) // not of the encoding Int: needs no scratch
}

func (e Entry) blob(b []byte) *Blob {
	return e.db.store.objects.get(objectIndex(b)).(*Blob)
}

// Extend makes the string of a key at least n bytes long, with zeros behind its end, and returns it to be written to, until
// the next change. e is what Find has just returned; a key that does not exist is made. An integer becomes its digits.
func (db *DB) Extend(e *Entry, key []byte, n int) []byte {
	if e.ref == 0 {
		if n > EmbedMax {
			v := make([]byte, n)
			*e = db.setBlob(*e, key, v, 0)
			return v
		}
		made, place := db.create(e.hash, key, String, Raw, n, false, 0)
		clear(place)
		*e = made
		return place
	}
	var digits [20]byte
	b := e.raw()
	v := e.String(digits[:0])
	n = max(n, len(v))
	kind := byte(String)<<4 | byte(Raw)
	switch {
	case b[offFlags]&isObject != 0:
		blob := e.blob(b)
		blob.grow(n)
		e.db.store.touched(objectIndex(b))
		return blob.B
	case n > EmbedMax:
		blob := &Blob{B: append(make([]byte, 0, n), v...)[:n]}
		e.putObject(kind, blob, KeepExpiry)
		return blob.B
	case Encoding(b[offKind]&15) == Int:
		e.put(kind, v, KeepExpiry)
	}
	return e.lengthen(kind, n)
}

// lengthen makes a string that is in the entry n bytes long.
func (e *Entry) lengthen(kind byte, n int) []byte {
	b := e.raw()
	h := layout(b)
	long := b[offFlags]&longValue != 0
	if h.offValue+n > len(b) || (n > 255) != long {
		s := e.shape(b)
		s.kind, s.valueLen = kind, n
		old := b[h.offValue:h.offEnd]
		ref := e.db.store.Heap.Alloc(s.size())
		place := s.write(e.db.store.Heap.Bytes(ref))
		clear(place[copy(place, old):])
		e.swap(ref, s.expiry != 0)
		return place
	}
	b[offKind] = kind
	if long {
		binary.LittleEndian.PutUint32(b[h.offValueLen:], uint32(n))
	} else {
		b[h.offValueLen] = byte(n)
	}
	clear(b[h.offEnd : h.offValue+n])
	return b[h.offValue : h.offValue+n : h.offValue+n]
}

// grow makes the string n bytes long; its memory is doubled, so that many small steps cost little.
func (b *Blob) grow(n int) {
	was := len(b.B)
	if n > cap(b.B) {
		b.B = append(make([]byte, 0, max(n, min(2*cap(b.B), cap(b.B)+growMax))), b.B...)
	}
	b.B = b.B[:n]
	clear(b.B[was:])
}

// growMax bounds what a Blob is given ahead.
const growMax = 16 << 20
