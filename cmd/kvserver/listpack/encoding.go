package listpack

import (
	"encoding/binary"
	"math"
)

// The first bytes of elements, less the bits of the value or length in them. What is less than tag6 is a 7-bit integer.
const (
	tag6   = 0x80 // string
	tag13  = 0xC0 // integer
	tag12  = 0xE0 // string
	tag32  = 0xF0 // string
	tagI16 = 0xF1
	tagI24 = 0xF2
	tagI32 = 0xF3
	tagI64 = 0xF4
)

// Get is the element at off.
func Get(lp []byte, off int) Value {
	b := lp[off:]
	switch t := b[0]; {
	case t < tag6:
		return IntValue(int64(t))
	case t < tag13:
		n := int(t & 0x3F)
		return Value{Str: b[1 : 1+n : 1+n]}
	case t < tag12:
		return IntValue(int64(int16(uint16(t)<<11|uint16(b[1])<<3) >> 3))
	case t < tag32:
		n := 2 + (int(t&0xF)<<8 | int(b[1]))
		return Value{Str: b[2:n:n]}
	case t == tag32:
		n := 5 + int(binary.LittleEndian.Uint32(b[1:]))
		return Value{Str: b[5:n:n]}
	case t == tagI16:
		return IntValue(int64(int16(binary.LittleEndian.Uint16(b[1:]))))
	case t == tagI24:
		return IntValue(int64(int32(uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24) >> 8))
	case t == tagI32:
		return IntValue(int64(int32(binary.LittleEndian.Uint32(b[1:]))))
	}
	return IntValue(int64(binary.LittleEndian.Uint64(b[1:])))
}

// encoded is how long encoding and data of the element at off are.
func encoded(lp []byte, off int) int {
	switch t := lp[off]; {
	case t < tag6:
		return 1
	case t < tag13:
		return 1 + int(t&0x3F)
	case t < tag12:
		return 2
	case t < tag32:
		return 2 + (int(t&0xF)<<8 | int(lp[off+1]))
	case t == tag32:
		return 5 + int(binary.LittleEndian.Uint32(lp[off+1:]))
	case t == tagI64:
		return 9
	default:
		return int(t) - 0xEE // 3, 4 and 5 for tagI16, tagI24 and tagI32
	}
}

// span is how far it is from the element at off to the next one.
func span(lp []byte, off int) int {
	n := encoded(lp, off)
	return n + backlenSize(n)
}

// Size is the number of bytes that s takes as an element.
func Size(s []byte) int { return ValueOf(s).Size() }

// Size is the number of bytes that the value takes as an element.
func (v Value) Size() int {
	n := v.encoded()
	return n + backlenSize(n)
}

func (v Value) encoded() int {
	if !v.IsInt {
		switch n := len(v.Str); {
		case n < 1<<6:
			return 1 + n
		case n < 1<<12:
			return 2 + n
		default:
			return 5 + n
		}
	}
	switch i := v.Int; {
	case i >= 0 && i < 1<<7:
		return 1
	case i >= -1<<12 && i < 1<<12:
		return 2
	case i >= math.MinInt16 && i <= math.MaxInt16:
		return 3
	case i >= -1<<23 && i < 1<<23:
		return 4
	case i >= math.MinInt32 && i <= math.MaxInt32:
		return 5
	}
	return 9
}

// put writes the value with its backlen to the start of b, which has room for Size bytes.
func (v Value) put(b []byte) {
	n := v.encoded()
	putBacklen(b[n:], n)
	if !v.IsInt {
		l := len(v.Str)
		switch {
		case l < 1<<6:
			b[0] = tag6 | byte(l)
		case l < 1<<12:
			b[0], b[1] = tag12|byte(l>>8), byte(l)
		default:
			b[0] = tag32
			binary.LittleEndian.PutUint32(b[1:], uint32(l))
		}
		copy(b[n-l:n], v.Str)
		return
	}
	u := uint64(v.Int)
	switch n {
	case 1:
		b[0] = byte(u)
	case 2:
		b[0], b[1] = tag13|byte(u>>8)&0x1F, byte(u)
	case 3:
		b[0] = tagI16
		binary.LittleEndian.PutUint16(b[1:], uint16(u))
	case 4:
		b[0], b[1], b[2], b[3] = tagI24, byte(u), byte(u>>8), byte(u>>16)
	case 5:
		b[0] = tagI32
		binary.LittleEndian.PutUint32(b[1:], uint32(u))
	default:
		b[0] = tagI64
		binary.LittleEndian.PutUint64(b[1:], u)
	}
}

// backlenSize is the number of bytes of the backlen n. Redis's limits of two bytes and more are one too low, and as a
// walk forwards goes by them, they belong to the format.
func backlenSize(n int) int {
	switch {
	case n <= 1<<7-1:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	}
	return 5
}

// putBacklen writes n to the start of b: the highest seven bits first, and every byte but the first with its top bit set.
func putBacklen(b []byte, n int) {
	size := backlenSize(n)
	for i := size - 1; i > 0; i-- {
		b[i] = byte(n) | 0x80
		n >>= 7
	}
	b[0] = byte(n)
}

// readBacklen reads the backlen that ends before off.
func readBacklen(lp []byte, off int) int {
	n := 0
	for shift := 0; shift < 35; shift += 7 {
		off--
		n |= int(lp[off]&0x7F) << shift
		if lp[off]&0x80 == 0 {
			break
		}
	}
	return n
}
