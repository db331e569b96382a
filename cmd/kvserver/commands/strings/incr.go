package strings

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/longdouble"
)

func incrBy(c *engine.Call) {
	if by, ok := c.Int(2); ok {
		add(c, by)
	}
}

func decrBy(c *engine.Call) {
	by, ok := c.Int(2)
	switch {
	case !ok:
	case by == math.MinInt64:
		c.Error("ERR decrement would overflow")
	default:
		add(c, -by)
	}
}

// add adds to the integer of a key, and replies the sum.
func add(c *engine.Call, by int64) {
	key := c.Args[1]
	e, ok := c.Find(key, keyspace.String)
	if !ok {
		return
	}
	var n int64
	if e.Exists() {
		if n, ok = e.Int(); !ok {
			c.Error(engine.ErrNotInteger)
			return
		}
	}
	if by > 0 && n > math.MaxInt64-by || by < 0 && n < math.MinInt64-by {
		c.Error("ERR increment or decrement would overflow")
		return
	}
	isNew := !e.Exists()
	c.DB.SetInt(e, key, n+by, keyspace.KeepExpiry)
	if isNew {
		c.Notify(key, engine.NotifyNew, "new")
	}
	c.Modified(key, engine.NotifyString, "incrby")
	c.Out.Int(n + by)
}

func incrByFloat(c *engine.Call) {
	key := c.Args[1]
	e, ok := c.Find(key, keyspace.String)
	if !ok {
		return
	}
	var n longdouble.Float
	if e.Exists() {
		var digits [20]byte
		if n, ok = longdouble.Parse(e.String(digits[:0])); !ok {
			c.Error(engine.ErrNotFloat)
			return
		}
	}
	by, ok := longdouble.Parse(c.Args[2])
	if !ok {
		c.Error(engine.ErrNotFloat)
		return
	}
	sum, ok := n.Add(by)
	if !ok {
		c.Error("ERR increment would produce NaN or Infinity")
		return
	}
	isNew := !e.Exists()
	text := sum.Append(nil)
	c.DB.SetText(e, key, text, keyspace.KeepExpiry)
	if isNew {
		c.Notify(key, engine.NotifyNew, "new")
	}
	c.Modified(key, engine.NotifyString, "incrbyfloat")
	c.Out.Bulk(text)
}
