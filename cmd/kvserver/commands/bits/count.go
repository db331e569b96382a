package bits

import (
	"encoding/binary"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// A span is the bits from start to end, end included, of a string. It is empty if start is above end.
type span struct{ start, end int64 }

// Commands that have a span, by the argument in front of it. They differ in which of two mistakes they tell, and in what two
// negative ends in the wrong order are.
const (
	forCount = iota
	forPos
)

// parseSpan reads the arguments [start [end [BYTE|BIT]]] of a command, for a string of n bytes. Without them it is the whole
// string. given tells whether there is an end.
func parseSpan(c *engine.Call, command, n int) (s span, given, ok bool) {
	skip := command
	args := c.Args[2+skip:]
	size, unit := int64(n), int64(8)
	s = span{0, size - 1}
	if len(args) > 3 {
		c.Syntax()
		return s, false, false
	}
	if len(args) > 0 {
		if s.start, ok = c.Int(2 + skip); !ok {
			return s, false, false
		}
	}
	badUnit := false
	if len(args) > 2 && !c.Is(4+skip, "byte") {
		if badUnit = !c.Is(4+skip, "bit"); badUnit && command == forPos {
			c.Syntax()
			return s, false, false
		}
		size, unit = 8*size, 1
	}
	if len(args) > 1 {
		given = true
		if s.end, ok = c.Int(3 + skip); !ok {
			return s, false, false
		}
	}
	if command == forCount && s.start < 0 && s.end < 0 && s.start > s.end {
		return span{0, -1}, given, true
	}
	if badUnit {
		c.Syntax()
		return s, false, false
	}
	if s.start < 0 {
		s.start = max(0, s.start+size)
	}
	if s.end < 0 {
		s.end = max(0, s.end+size)
	}
	s.end = min(s.end, size-1)
	if s.start > s.end {
		return span{0, -1}, given, true
	}
	return span{s.start * unit, s.end*unit + unit - 1}, given, true
}

func bitCount(c *engine.Call) {
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	if !e.Exists() {
		c.Out.Int(0)
		return
	}
	if len(c.Args) == 3 {
		c.Syntax()
		return
	}
	var digits [20]byte
	s := e.String(digits[:0])
	which, _, ok := parseSpan(c, forCount, len(s))
	if ok {
		c.Out.Int(int64(count(s, which)))
	}
}

// count returns how many bits are set.
func count(s []byte, which span) int {
	if which.start > which.end {
		return 0
	}
	first, last := which.start>>3, which.end>>3
	n := ones(s[first : last+1])
	n -= bits.OnesCount8(s[first] &^ (0xff >> (which.start & 7)))
	n -= bits.OnesCount8(s[last] &^ (0xff << (7 - which.end&7)))
	return n
}

func ones(s []byte) int {
	n := 0
	for ; len(s) >= 8; s = s[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(s))
	}
	for _, b := range s {
		n += bits.OnesCount8(b)
	}
	return n
}
