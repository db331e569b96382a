package listpack

import (
	"bytes"
	"encoding/binary"
)

// Valid reports whether b, which may be anything, is a listpack in every byte: all functions are safe with it then. With
// pairs, it must have an even number of elements as well. An empty listpack is valid.
func Valid(b []byte, pairs bool) bool {
	if len(b) < MinBytes || len(b) > MaxBytes || int64(binary.LittleEndian.Uint32(b)) != int64(len(b)) || b[len(b)-1] != end {
		return false
	}
	n, off := 0, headerLen
	for ; off < len(b)-1; n++ {
		size := elementSize(b[off : len(b)-1])
		if size == 0 {
			return false
		}
		off += size
	}
	header := int(binary.LittleEndian.Uint16(b[4:]))
	return off == len(b)-1 && (header == n || header == unknown) && (!pairs || n%2 == 0)
}

// elementSize is the size of the element at the start of b, or 0 if none is there.
func elementSize(b []byte) int {
	head := 1
	switch t := b[0]; {
	case t > tagI64:
		return 0
	case t >= tag12 && t < tag32:
		head = 2
	case t == tag32:
		head = 5
	}
	if len(b) < head || head == 5 && int64(binary.LittleEndian.Uint32(b[1:])) > int64(len(b)) {
		return 0
	}
	n := encoded(b, 0)
	var backlen [5]byte
	putBacklen(backlen[:], n)
	size := n + backlenSize(n)
	if size > len(b) || !bytes.Equal(b[n:size], backlen[:size-n]) {
		return 0
	}
	return size
}
