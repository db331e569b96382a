package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// An Encoder appends a value to a slice. The zero Encoder is ready and appends to nil. To use one again after Finish costs
// less than a new one: it keeps a table of 32 KiB for compression.
type Encoder struct {
	b     []byte
	start int // of the value in b
	lzf   compressor

	// NoCompression is rdbcompression no.
	NoCompression bool
}

// Reset begins another value, behind what is in dst.
func (e *Encoder) Reset(dst []byte) { e.b, e.start = dst, len(dst) }

// WriteType writes the type, which is the first thing in a value.
func (e *Encoder) WriteType(t Type) { e.b = append(e.b, byte(t)) }

// WriteLen writes a length.
func (e *Encoder) WriteLen(n uint64) {
	switch {
	case n < 1<<6:
		e.b = append(e.b, byte(n))
	case n < 1<<14:
		e.b = append(e.b, 0x40|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		e.b = binary.BigEndian.AppendUint32(append(e.b, 0x80), uint32(n))
	default:
		e.b = binary.BigEndian.AppendUint64(append(e.b, 0x81), n)
	}
}

// WriteString writes s: as an integer if it is one of 32 bits, compressed if that is shorter, else as it is.
func (e *Encoder) WriteString(s []byte) {
	if len(s) <= 11 {
		if v, ok := listpack.ParseInt(s); ok && e.integer(v) {
			return
		}
	}
	if len(s) > 20 && !e.NoCompression && e.compressed(s) {
		return
	}
	e.WriteLen(uint64(len(s)))
	e.b = append(e.b, s...)
}

// WriteInt writes v as a string.
func (e *Encoder) WriteInt(v int64) {
	if e.integer(v) {
		return
	}
	var s [20]byte
	e.WriteString(strconv.AppendInt(s[:0], v, 10))
}

func (e *Encoder) integer(v int64) bool {
	switch {
	case v >= math.MinInt8 && v <= math.MaxInt8:
		e.b = append(e.b, encInt8, byte(v))
	case v >= math.MinInt16 && v <= math.MaxInt16:
		e.b = binary.LittleEndian.AppendUint16(append(e.b, encInt16), uint16(v))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		e.b = binary.LittleEndian.AppendUint32(append(e.b, encInt32), uint32(v))
	default:
		return false
	}
	return true
}

// compressed writes s compressed, if it is shorter then with its longer header too.
func (e *Encoder) compressed(s []byte) bool {
	if uint64(len(s)) > math.MaxUint32/2 { // more than positions count
		return false
	}
	const room = 1 + 5 + 5 // for the header, before it is known how long it is
	start := len(e.b)
	out, ok := e.lzf.compress(append(e.b, make([]byte, room)...), s, len(s)-2-lenSize(len(s)))
	if !ok {
		e.b = out[:start]
		return false
	}
	data := out[start+room:]
	e.b = append(out[:start], encLZF)
	e.WriteLen(uint64(len(data)))
	e.WriteLen(uint64(len(s)))
	e.b = append(e.b, data...)
	return true
}

func lenSize(n int) int {
	switch {
	case n < 1<<6:
		return 1
	case n < 1<<14:
		return 2
	}
	return 5
}

// WriteDouble writes the score of a ZSet2.
func (e *Encoder) WriteDouble(f float64) {
	e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(f))
}

// Finish writes the footer and returns the slice, which now belongs to the caller; the Encoder appends to nil from then on.
func (e *Encoder) Finish() []byte {
	b := binary.LittleEndian.AppendUint16(e.b, Version)
	b = binary.LittleEndian.AppendUint64(b, crc(b[e.start:]))
	e.Reset(nil)
	return b
}
