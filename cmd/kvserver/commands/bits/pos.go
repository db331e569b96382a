package bits

import (
	"encoding/binary"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func bitPos(c *engine.Call) {
	bit, ok := c.Int(2)
	if !ok {
		return
	}
	if bit>>1 != 0 {
		c.Error("ERR The bit argument must be 1 or 0.")
		return
	}
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	if !e.Exists() { // no one in it, and zeros from its beginning on
		c.Out.Int(-bit)
		return
	}
	var digits [20]byte
	s := e.String(digits[:0])
	which, given, ok := parseSpan(c, forPos, len(s))
	if !ok {
		return
	}
	at := int64(-1)
	if which.start <= which.end {
		at = position(s, which, byte(bit))
		if at < 0 && bit == 0 && !given {
			at = int64(len(s)) * 8 // zeros follow the string
		}
	}
	c.Out.Int(at)
}

// position returns the first bit of the span that has the value, or -1.
func position(s []byte, which span, bit byte) int64 {
	flip := byte(bit - 1) // makes what is looked for a one
	first, last := which.start>>3, which.end>>3
	at := first
	b := (s[at] ^ flip) & (0xff >> (which.start & 7))
	if b == 0 {
		wide := uint64(flip) * 0x0101010101010101
		for at++; at+8 <= last && binary.LittleEndian.Uint64(s[at:]) == wide; at += 8 {
		}
		for ; at <= last; at++ {
			if b = s[at] ^ flip; b != 0 {
				break
			}
		}
		if b == 0 {
			return -1
		}
	}
	if n := at*8 + int64(bits.LeadingZeros8(b)); n <= which.end {
		return n
	}
	return -1
}
