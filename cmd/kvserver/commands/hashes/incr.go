package hashes

import (
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/longdouble"
)

func incrby(c *engine.Call) {
	by, ok := c.Int(3)
	if !ok || !fits(c, c.Args[2:3]) {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	if v, there := h.Get(c.Args[2]); there {
		if n = v.Int; !v.IsInt {
			if n, ok = engine.ParseInt(v.Str); !ok {
				c.Error("ERR hash value is not an integer")
				return
			}
		}
	}
	if by < 0 && n < math.MinInt64-by || by > 0 && n > math.MaxInt64-by {
		c.Error("ERR increment or decrement would overflow")
		return
	}
	n += by
	var digits [20]byte
	h.Set(c.Args[2], strconv.AppendInt(digits[:0], n, 10))
	c.Out.Int(n)
	h.changed(c, "hincrby")
}

func incrbyfloat(c *engine.Call) {
	by, ok := longdouble.Parse(c.Args[3])
	if !ok {
		c.Error(engine.ErrNotFloat)
		return
	}
	var n longdouble.Float
	if _, finite := n.Add(by); !finite {
		c.Error("ERR value is NaN or Infinity")
		return
	}
	if !fits(c, c.Args[2:3]) {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	if v, there := h.Get(c.Args[2]); there {
		var digits [20]byte
		text := v.Str
		if v.IsInt {
			text = v.AppendTo(digits[:0])
		}
		if n, ok = longdouble.Parse(text); !ok {
			c.Error("ERR hash value is not a float")
			return
		}
	}
	sum, ok := n.Add(by)
	if !ok {
		c.Error("ERR increment would produce NaN or Infinity")
		return
	}
	text := sum.Append(nil)
	h.Set(c.Args[2], text)
	c.Out.Bulk(text)
	h.changed(c, "hincrbyfloat")
}
