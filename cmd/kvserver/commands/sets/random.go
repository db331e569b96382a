package sets

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
)

// replyMax is about how many bytes are replied to a negative count, which may ask for any number of repetitions.
const replyMax = 256 << 20

func randmember(c *engine.Call) {
	if len(c.Args) > 3 {
		c.Syntax()
		return
	}
	if len(c.Args) == 2 {
		s, exists, ok := read(c, c.Args[1])
		switch {
		case !ok:
		case !exists:
			c.Out.Null()
		default:
			write(c, s.Random(c.DB.Store()))
		}
		return
	}
	count, ok := c.Int(2)
	if !ok {
		return
	}
	if count == math.MinInt64 {
		c.Error("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
		return
	}
	s, exists, ok := read(c, c.Args[1])
	switch {
	case !ok:
	case !exists || count == 0:
		c.Out.Array(0)
	case count < 0:
		repeat(c, s, -count)
	default:
		n := int(min(count, int64(s.Len())))
		c.Out.Array(n)
		s.Sample(c.DB.Store(), n, func(m listpack.Value) { write(c, m) })
	}
}

// repeat replies n members, each of which may come again.
func repeat(c *engine.Call, s set.View, n int64) {
	mark := c.Out.Len()
	c.Out.Array(int(n))
	s.Repeat(c.DB.Store(), n, func(m listpack.Value) bool {
		write(c, m)
		return c.Out.Len()-mark <= replyMax
	})
	if c.Out.Len()-mark > replyMax {
		c.Out.Truncate(mark)
		c.Error(engine.ErrOutOfRange)
	}
}

// pop is SPOP.
func pop(c *engine.Call) {
	if len(c.Args) > 3 {
		c.Syntax()
		return
	}
	if len(c.Args) == 3 {
		popMany(c)
		return
	}
	s, ok := find(c, c.Args[1])
	switch {
	case !ok:
	case !s.exists:
		c.Out.Null()
	default:
		s.Pop(func(m listpack.Value) { write(c, m) })
		s.changed(c, "spop")
	}
}

func popMany(c *engine.Call) {
	count, ok := engine.ParseInt(c.Args[2])
	if !ok || count < 0 {
		c.Error("ERR value is out of range, must be positive")
		return
	}
	s, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	n := int(min(count, int64(s.Len())))
	if n == 0 {
		c.Out.Set(0)
		return
	}
	if n == s.Len() {
		all(c, s.View)
		s.Clear()
	} else {
		c.Out.Set(n)
		for range n {
			s.Pop(func(m listpack.Value) { write(c, m) })
		}
	}
	s.changed(c, "spop")
	c.Dirty(n - 1)
}
