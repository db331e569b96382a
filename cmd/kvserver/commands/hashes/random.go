package hashes

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// replyMax is about how many bytes are replied to a negative count, which may ask for any number of repetitions.
const replyMax = 256 << 20

func randfield(c *engine.Call) {
	if len(c.Args) == 2 {
		h, exists, ok := read(c, c.Args[1])
		switch {
		case !ok:
		case !exists:
			c.Out.Null()
		default:
			field, _ := h.Random(c.DB.Store())
			reply(c, field)
		}
		return
	}
	count, ok := c.Int(2)
	if !ok {
		return
	}
	values := len(c.Args) == 4 && c.Is(3, "withvalues")
	switch {
	case count == math.MinInt64:
		c.Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
		return
	case len(c.Args) > 3 && !values:
		c.Syntax()
		return
	case values && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		c.Error(engine.ErrOutOfRange)
		return
	}
	h, exists, ok := read(c, c.Args[1])
	switch {
	case !ok:
	case !exists || count == 0:
		c.Out.Array(0)
	case count < 0:
		repeat(c, h, -count, values)
	default:
		n := int(min(count, int64(h.Len())))
		begin(c, n, values)
		h.Sample(c.DB.Store(), n, func(field, value listpack.Value) { pair(c, field, value, values) })
	}
}

// repeat replies n fields, each of which may come again.
func repeat(c *engine.Call, h hash.View, n int64, values bool) {
	mark := c.Out.Len()
	begin(c, int(n), values)
	h.Repeat(c.DB.Store(), n, func(field, value listpack.Value) bool {
		pair(c, field, value, values)
		return c.Out.Len()-mark <= replyMax
	})
	if c.Out.Len()-mark > replyMax {
		c.Out.Truncate(mark)
		c.Error(engine.ErrOutOfRange)
	}
}

// begin begins a reply of n fields: in RESP3 a field with its value is an array.
func begin(c *engine.Call, n int, values bool) {
	if values && c.Out.Proto() == 2 {
		n *= 2
	}
	c.Out.Array(n)
}

func pair(c *engine.Call, field, value listpack.Value, values bool) {
	if !values {
		reply(c, field)
		return
	}
	if c.Out.Proto() == 3 {
		c.Out.Array(2)
	}
	reply(c, field)
	reply(c, value)
}
