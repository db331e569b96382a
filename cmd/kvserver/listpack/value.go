package listpack

import (
	"bytes"
	"math"
	"strconv"
)

// A Value is an element: an integer or a string. Str is a view: valid until its listpack changes.
type Value struct {
	Str   []byte
	Int   int64
	IsInt bool
}

// ValueOf is s as an element: an integer if s is the canonical decimal form of one, else s itself.
func ValueOf(s []byte) Value {
	if v, ok := ParseInt(s); ok {
		return Value{Int: v, IsInt: true}
	}
	return Value{Str: s}
}

// IntValue is v as an element.
func IntValue(v int64) Value { return Value{Int: v, IsInt: true} }

// AppendTo appends the value as a string.
func (v Value) AppendTo(dst []byte) []byte {
	if v.IsInt {
		return strconv.AppendInt(dst, v.Int, 10)
	}
	return append(dst, v.Str...)
}

// Len is the length of the value as a string.
func (v Value) Len() int {
	if !v.IsInt {
		return len(v.Str)
	}
	n, u := 1, uint64(v.Int)
	if v.Int < 0 {
		n, u = 2, -u
	}
	for ; u >= 10; u /= 10 {
		n++
	}
	return n
}

// Equal reports whether the value as a string is s.
func (v Value) Equal(s []byte) bool {
	if v.IsInt {
		i, ok := ParseInt(s)
		return ok && i == v.Int
	}
	return bytes.Equal(v.Str, s)
}

// Same reports whether both values are the same as strings.
func (v Value) Same(w Value) bool {
	switch {
	case v.IsInt && w.IsInt:
		return v.Int == w.Int
	case v.IsInt:
		return v.Equal(w.Str)
	}
	return w.Equal(v.Str)
}

// ParseInt is the int64 that s is the canonical decimal form of: no sign but '-', no leading zeros, no space.
func ParseInt(s []byte) (int64, bool) {
	digits := s
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		digits = s[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	if digits[0] == '0' {
		return 0, len(s) == 1
	}
	u := uint64(0) // 19 digits fit
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		u = u*10 + uint64(c)
	}
	if neg {
		return int64(-u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}
