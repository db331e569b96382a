package listpack

import (
	"encoding/binary"
	"math"
)

const (
	headerLen = 6
	unknown   = 65535 // the count of a listpack whose elements have to be counted
	end       = 0xFF

	// MaxBytes is how long a listpack may get, that of Redis. Functions that would make a longer one panic: see Fits.
	MaxBytes = 1 << 30
	// MinBytes is the length of an empty listpack.
	MinBytes = headerLen + 1
)

// New makes an empty listpack in the memory of dst, which is overwritten; nil will do.
func New(dst []byte) []byte {
	return append(dst[:0], MinBytes, 0, 0, 0, 0, 0, end)
}

// Bytes is the length of the listpack at the start of b, which may be longer: b[:Bytes(b)] is the listpack.
func Bytes(b []byte) int { return int(binary.LittleEndian.Uint32(b)) }

// Len counts the elements: from the header if there are less than 65535, else by walking.
func Len(lp []byte) int {
	if n := int(binary.LittleEndian.Uint16(lp[4:])); n != unknown {
		return n
	}
	_, n := walk(lp, headerLen, math.MaxInt)
	return n
}

// Fits reports whether lp may grow by n bytes.
func Fits(lp []byte, n int) bool { return n <= MaxBytes-len(lp) }

// End is the offset behind the last element, where InsertValue appends. No element is there.
func End(lp []byte) int { return len(lp) - 1 }

// First is the first element.
func First(lp []byte) int { return element(lp, headerLen) }

// Last is the last element.
func Last(lp []byte) int { return Prev(lp, End(lp)) }

// Next is the element after the one at off.
func Next(lp []byte, off int) int { return element(lp, off+span(lp, off)) }

// Prev is the element before the one at off, which may be End.
func Prev(lp []byte, off int) int {
	if off <= headerLen {
		return -1
	}
	n := readBacklen(lp, off)
	return off - n - backlenSize(n)
}

// Seek is the element at index, counted from 0, or from -1 at the end backwards. It walks from the nearer end.
func Seek(lp []byte, index int) int {
	n := int(binary.LittleEndian.Uint16(lp[4:]))
	if n != unknown {
		if index < 0 {
			index += n
		}
		if index < 0 || index >= n {
			return -1
		}
		if index > n/2 {
			index -= n
		}
	}
	if index < 0 {
		off := Last(lp)
		for ; index < -1 && off >= 0; index++ {
			off = Prev(lp, off)
		}
		return off
	}
	off := First(lp)
	for ; index > 0 && off >= 0; index-- {
		off = Next(lp, off)
	}
	return off
}

func element(lp []byte, off int) int {
	if lp[off] == end {
		return -1
	}
	return off
}
