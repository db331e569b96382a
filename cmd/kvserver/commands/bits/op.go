package bits

import (
	"encoding/binary"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// operators are those of BITOP, for 64 bits at once.
var operators = []struct {
	name string
	fn   func(a, b uint64) uint64
}{
	{"and", func(a, b uint64) uint64 { return a & b }},
	{"or", func(a, b uint64) uint64 { return a | b }},
	{"xor", func(a, b uint64) uint64 { return a ^ b }},
	{"not", func(a, _ uint64) uint64 { return ^a }},
}

func bitOp(c *engine.Call) {
	var op func(a, b uint64) uint64
	for _, o := range operators {
		if c.Is(1, o.name) {
			op = o.fn
		}
	}
	if op == nil {
		c.Syntax()
		return
	}
	not := c.Is(1, "not")
	if not && len(c.Args) != 4 {
		c.Error("ERR BITOP NOT must be called with a single source key.")
		return
	}
	n := 0
	for _, key := range c.Args[3:] {
		e, ok := c.Read(key, keyspace.String)
		if !ok {
			return
		}
		if e.Exists() {
			n = max(n, e.StringLen())
		}
	}
	dest := c.Args[2]
	if n == 0 {
		if c.DB.Delete(dest) {
			c.Modified(dest, engine.NotifyGeneric, "del")
		}
		c.Out.Int(0)
		return
	}
	result := make([]byte, n)
	for i, key := range c.Args[3:] {
		var digits [20]byte
		var s []byte
		if e := c.DB.Peek(key); e.Exists() {
			s = e.String(digits[:0])
		}
		if i == 0 {
			copy(result, s)
		}
		if i > 0 || not {
			combine(result, s, op)
		}
	}
	e := c.DB.Find(dest)
	isNew := !e.Exists()
	c.DB.SetRaw(e, dest, result, 0)
	if isNew {
		c.Notify(dest, engine.NotifyNew, "new")
	}
	c.Modified(dest, engine.NotifyString, "set")
	c.Out.Int(int64(n))
}

// combine sets a to op(a, b), where b has zeros behind its end.
func combine(a, b []byte, op func(a, b uint64) uint64) {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(a[i:], op(binary.LittleEndian.Uint64(a[i:]), binary.LittleEndian.Uint64(b[i:])))
	}
	for ; i < n; i++ {
		a[i] = byte(op(uint64(a[i]), uint64(b[i])))
	}
	for ; i+8 <= len(a); i += 8 {
		binary.LittleEndian.PutUint64(a[i:], op(binary.LittleEndian.Uint64(a[i:]), 0))
	}
	for ; i < len(a); i++ {
		a[i] = byte(op(uint64(a[i]), 0))
	}
}
