package hash

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// MaxBytes is the longest field or value: an entry with both of this length is one allocation in the slab.
const MaxBytes = 1<<30 - 1<<13

// uvarintLen is the number of bytes that n takes as a uvarint.
func uvarintLen(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }

// short reads a length, which is of one byte nearly always.
func short(b []byte) (n, size int) {
	if b[0] < 0x80 {
		return int(b[0]), 1
	}
	v, size := binary.Uvarint(b)
	return int(v), size
}

// entrySize is the number of bytes of an entry.
func entrySize(field, value int) int { return uvarintLen(field) + field + uvarintLen(value) + value }

// writeEntry fills in an entry.
func writeEntry(b, field, value []byte) {
	n := binary.PutUvarint(b, uint64(len(field)))
	n += copy(b[n:], field)
	putValue(b[n:], value)
}

func putValue(b, value []byte) {
	n := binary.PutUvarint(b, uint64(len(value)))
	copy(b[n:], value)
}

// fieldOf returns the field of an entry, and what is behind it.
func fieldOf(b []byte) (field, rest []byte) {
	n, at := short(b)
	return b[at : at+n : at+n], b[at+n:]
}

// valueOf returns the value from what is behind the field.
func valueOf(rest []byte) []byte {
	n, at := short(rest)
	return rest[at : at+n : at+n]
}

// match reports whether an entry has the field, and returns what is behind it.
func match(b, field []byte) (rest []byte, ok bool) {
	n, at := short(b)
	if n != len(field) || !bytes.Equal(b[at:at+n], field) {
		return nil, false
	}
	return b[at+n:], true
}
