// Package bits has the commands for the bits of strings.
//
// Bit 0 is the highest of byte 0. A string is as long as it has to be: what lies behind its end reads as zeros, and a write
// there makes it longer.
//
// In short: strings as arrays of bits, and of integers of 1 to 64 bits.
package bits

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "setbit", Arity: 4, Flags: engine.Write | engine.DenyOOM, First: 1, Last: 1, Step: 1, Run: setBit,
		Group: "bitmap", Summary: "Sets or clears the bit at offset in the string value stored at key", Since: "2.2.0"},
	{Name: "getbit", Arity: 3, Flags: engine.ReadOnly | engine.Fast, First: 1, Last: 1, Step: 1, Run: getBit,
		Group: "bitmap", Summary: "Returns the bit value at offset in the string value stored at key", Since: "2.2.0"},
	{Name: "bitcount", Arity: -2, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: bitCount,
		Group: "bitmap", Summary: "Count set bits in a string", Since: "2.6.0"},
	{Name: "bitpos", Arity: -3, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: bitPos,
		Group: "bitmap", Summary: "Find first bit set or clear in a string", Since: "2.8.7"},
	{Name: "bitop", Arity: -4, Flags: engine.Write | engine.DenyOOM, First: 2, Last: -1, Step: 1, Run: bitOp,
		Group: "bitmap", Summary: "Perform bitwise operations between strings", Since: "2.6.0"},
	{Name: "bitfield", Arity: -2, Flags: engine.Write | engine.DenyOOM, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { bitField(c, false) },
		Group: "bitmap", Summary: "Perform arbitrary bitfield integer operations on strings", Since: "3.2.0"},
	{Name: "bitfield_ro", Arity: -2, Flags: engine.ReadOnly | engine.Fast, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { bitField(c, true) },
		Group: "bitmap", Summary: "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
		Since: "6.0.0"},
}

const (
	errOffset = "ERR bit offset is not an integer or out of range"
	errBit    = "ERR bit is not an integer or out of range"
)

// offset parses argument i as the offset of a bit that a string may have. It replies an error and returns false if it is not.
func offset(c *engine.Call, i int) (int64, bool) {
	n, ok := engine.ParseInt(c.Args[i])
	if !ok || n < 0 || n>>3 >= c.E.Config.ProtoMaxBulkLen {
		c.Error(errOffset)
		return 0, false
	}
	return n, true
}

// extend returns the string of a key, at least n bytes long, to be written to, and whether it has become longer.
func extend(c *engine.Call, n int) (s []byte, longer, ok bool) {
	key := c.Args[1]
	e, ok := c.Find(key, keyspace.String)
	if !ok {
		return nil, false, false
	}
	if e.Exists() {
		longer = n > e.StringLen()
	} else {
		longer = true
		defer c.Notify(key, engine.NotifyNew, "new")
	}
	return c.DB.Extend(&e, key, n), longer, true
}

func setBit(c *engine.Call) {
	at, ok := offset(c, 2)
	if !ok {
		return
	}
	bit, ok := engine.ParseInt(c.Args[3])
	if !ok || bit>>1 != 0 {
		c.Error(errBit)
		return
	}
	s, changed, ok := extend(c, int(at>>3)+1)
	if !ok {
		return
	}
	shift := 7 - at&7
	was := int64(s[at>>3] >> shift & 1)
	s[at>>3] = s[at>>3]&^(1<<shift) | byte(bit)<<shift
	if changed || was != bit {
		c.Modified(c.Args[1], engine.NotifyString, "setbit")
	}
	c.Out.Int(was)
}

func getBit(c *engine.Call) {
	at, ok := offset(c, 2)
	if !ok {
		return
	}
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	bit := int64(0)
	if e.Exists() {
		var digits [20]byte
		if s := e.String(digits[:0]); at>>3 < int64(len(s)) {
			bit = int64(s[at>>3] >> (7 - at&7) & 1)
		}
	}
	c.Out.Int(bit)
}
