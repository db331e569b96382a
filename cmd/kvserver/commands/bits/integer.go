package bits

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// An integer is a type of BITFIELD: i1 to i64, u1 to u63.
type integer struct {
	signed bool
	bits   int
}

func parseInteger(b []byte) (t integer, ok bool) {
	if len(b) == 0 || b[0] != 'i' && b[0] != 'u' {
		return t, false
	}
	t.signed = b[0] == 'i'
	n, ok := engine.ParseInt(b[1:])
	if !ok || n < 1 || n > 64 || n == 64 && !t.signed {
		return t, false
	}
	t.bits = int(n)
	return t, true
}

// load returns the integer at a bit of s; behind the end of s are zeros.
func (t integer) load(s []byte, at int64) int64 {
	var v uint64
	for left := t.bits; left > 0; {
		var b byte
		if at>>3 < int64(len(s)) {
			b = s[at>>3]
		}
		n := min(left, 8-int(at&7)) // of this byte
		b = b << (at & 7) >> (8 - n)
		v = v<<n | uint64(b)
		at += int64(n)
		left -= n
	}
	return t.truncate(v)
}

// store writes the low bits of v to a bit of s.
func (t integer) store(s []byte, at, v int64) {
	for left := t.bits; left > 0; {
		n := min(left, 8-int(at&7))
		shift := 8 - int(at&7) - n
		mask := byte(0xff) >> (8 - n) << shift
		s[at>>3] = s[at>>3]&^mask | byte(uint64(v)>>(left-n))<<shift&mask
		at += int64(n)
		left -= n
	}
}

// truncate returns the low bits of v as an integer of the type.
func (t integer) truncate(v uint64) int64 {
	shift := 64 - t.bits
	if t.signed {
		return int64(v<<shift) >> shift
	}
	return int64(v << shift >> shift)
}

// limits returns the least and the greatest value.
func (t integer) limits() (low, high int64) {
	if t.signed {
		return -1 << (t.bits - 1), 1<<(t.bits-1) - 1
	}
	return 0, 1<<t.bits - 1
}

// add returns value+by, and whether it is in the type as it is; else it is wrapped or the nearest limit. A value of an
// unsigned type that is negative stands for one that is too large, as in Redis.
func (t integer) add(value, by int64, how overflow) (sum int64, fits bool) {
	low, high := t.limits()
	wide := value + by
	// What there is above and below value, in 64 bits as well: SET of an i8 to the least of 64 bits is too large in Redis.
	above, below := high-value, low-value
	over := 0
	switch {
	case !t.signed && value < 0, value > high, by > above && (by > 0 && value >= 0 || t.signed && t.bits < 64):
		over = 1
	case value < low, by < below && (by < 0 && value < 0 || !t.signed || t.bits < 64):
		over = -1
	}
	switch {
	case over == 0:
		return wide, true
	case how == saturate && over > 0:
		return high, false
	case how == saturate:
		return low, false
	}
	return t.truncate(uint64(wide)), false
}
