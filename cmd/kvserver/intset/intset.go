// Package intset keeps a set of integers in one run of bytes, in the intset format of Redis.
//
// The format is that of Redis 7 (src/intset.c) to the byte, because DUMP and RESTORE exchange it:
//
//	bytes per value u32 LE (2, 4 or 8) | values u32 LE | value LE ... in ascending order
//
// All values are as wide as the widest one needed when it was added. A value wider than the others is less or greater than
// all of them, so making room for it moves every value once. Values do not get narrower again.
//
// An intset is a []byte with its exact length. Functions that change one work like append: they return the changed intset,
// in place where cap allows, else in new memory.
//
// In short: a sorted array; all functions are pure and trust their intset; run Valid on bytes from outside first.
package intset

import (
	"encoding/binary"
	"math"
	"slices"
)

const (
	headerLen = 8
	// MinBytes is the length of an empty intset.
	MinBytes = headerLen
)

// New makes an empty intset in the memory of dst, which is overwritten; nil will do.
func New(dst []byte) []byte {
	return append(dst[:0], 2, 0, 0, 0, 0, 0, 0, 0)
}

// Bytes is the length of the intset at the start of b, which may be longer: b[:Bytes(b)] is the intset.
func Bytes(b []byte) int { return headerLen + Len(b)*width(b) }

// Len is the number of values.
func Len(is []byte) int { return int(binary.LittleEndian.Uint32(is[4:])) }

// At is the i-th of the values in ascending order, i from 0.
func At(is []byte, i int) int64 { return at(is, i, width(is)) }

// Contains reports whether v is in the set.
func Contains(is []byte, v int64) bool {
	_, ok := Find(is, v)
	return ok
}

// Find is the index of v, or the index that it would get, and whether it is in the set.
func Find(is []byte, v int64) (int, bool) {
	n, w := Len(is), width(is)
	if n == 0 || v > at(is, n-1, w) {
		return n, false
	}
	low, high := 0, n-1 // v <= at(high)
	for low < high {
		mid := int(uint(low+high) / 2)
		if at(is, mid, w) < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, at(is, low, w) == v
}

// SizeWith is the length of the intset when v was added to it, if it is not there already.
func SizeWith(is []byte, v int64) int {
	return headerLen + (Len(is)+1)*max(width(is), need(v))
}

// Add adds v and reports whether it was not there.
func Add(is []byte, v int64) ([]byte, bool) {
	i, ok := Find(is, v)
	if ok {
		return is, false
	}
	n, old, w := Len(is), len(is), max(width(is), need(v))
	size := headerLen + (n+1)*w
	is = slices.Grow(is, size-old)[:size]
	if w == width(is) {
		copy(is[headerLen+(i+1)*w:], is[headerLen+i*w:old])
	} else {
		widen(is, n, i, w)
	}
	put(is, i, w, v)
	binary.LittleEndian.PutUint32(is[4:], uint32(n+1))
	return is, true
}

// widen makes the n values w bytes wide and leaves room for another at index gap. It begins at the end, as all move up.
func widen(is []byte, n, gap, w int) {
	narrow := width(is)
	for i := n - 1; i >= 0; i-- {
		to := i
		if i >= gap {
			to++
		}
		put(is, to, w, at(is, i, narrow))
	}
	binary.LittleEndian.PutUint32(is, uint32(w))
}

// Remove removes v and reports whether it was there.
func Remove(is []byte, v int64) ([]byte, bool) {
	i, ok := Find(is, v)
	if !ok {
		return is, false
	}
	return RemoveAt(is, i), true
}

// RemoveAt removes the value at index i.
func RemoveAt(is []byte, i int) []byte {
	w := width(is)
	is = append(is[:headerLen+i*w], is[headerLen+(i+1)*w:]...)
	binary.LittleEndian.PutUint32(is[4:], uint32(Len(is)-1))
	return is
}

// Valid reports whether b, which may be anything, is an intset in every byte: all functions are safe with it then. An
// empty intset is valid.
func Valid(b []byte) bool {
	if len(b) < headerLen {
		return false
	}
	w := binary.LittleEndian.Uint32(b)
	if w != 2 && w != 4 && w != 8 {
		return false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if uint64(len(b)) != headerLen+uint64(n)*uint64(w) {
		return false
	}
	for i := 1; i < int(n); i++ {
		if At(b, i-1) >= At(b, i) {
			return false
		}
	}
	return true
}

func width(is []byte) int { return int(binary.LittleEndian.Uint32(is)) }

// need is the number of bytes that v takes.
func need(v int64) int {
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 2
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 4
	}
	return 8
}

func at(is []byte, i, w int) int64 {
	b := is[headerLen+i*w:]
	switch w {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func put(is []byte, i, w int, v int64) {
	b := is[headerLen+i*w:]
	switch w {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, uint64(v))
	}
}
