package keys

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// flushOptions replies an error and returns false unless there is none but ASYNC or SYNC.
func flushOptions(c *engine.Call) bool {
	if len(c.Args) == 1 || len(c.Args) == 2 && (c.Is(1, "async") || c.Is(1, "sync")) {
		return true
	}
	c.Syntax()
	return false
}

// flush removes the keys of a database.
func flush(c *engine.Call, db *keyspace.DB) {
	c.E.TouchAll(db, nil)
	c.Dirty(db.Flush())
}

func flushDB(c *engine.Call) {
	if !flushOptions(c) {
		return
	}
	flush(c, c.DB)
	c.Out.OK()
}

func flushAll(c *engine.Call) {
	if !flushOptions(c) {
		return
	}
	for i := range c.E.Store.Databases() {
		flush(c, c.E.Store.DB(i))
	}
	c.Dirty(1)
	c.Out.OK()
}

func swapDB(c *engine.Call) {
	var n [2]int
	for i, text := range []string{"ERR invalid first DB index", "ERR invalid second DB index"} {
		v, ok := engine.ParseInt(c.Args[1+i])
		if !ok || v < math.MinInt32 || v > math.MaxInt32 {
			c.Error(text)
			return
		}
		n[i] = int(v)
	}
	for _, i := range n {
		if i < 0 || i >= c.E.Store.Databases() {
			c.Error("ERR DB index is out of range")
			return
		}
	}
	if n[0] != n[1] {
		a, b := c.E.Store.DB(n[0]), c.E.Store.DB(n[1])
		c.E.TouchAll(a, b)
		c.E.TouchAll(b, a)
		c.E.Store.Swap(n[0], n[1])
		c.E.SignalAll(a)
		c.E.SignalAll(b)
	}
	c.Dirty(1)
	c.Out.OK()
}

// wait replies the number of replicas that have what was written, which is 0: at once if no more are asked for, else when
// the time is over.
func wait(c *engine.Call) {
	n, ok := c.Int(1)
	if !ok {
		return
	}
	timeout, ok := engine.ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error("ERR timeout is not an integer or out of range")
	case timeout < 0:
		c.Error("ERR timeout is negative")
	case timeout > math.MaxInt64-c.Now():
		c.Error("ERR timeout is out of range")
	case n <= 0:
		c.Out.Int(0)
	default:
		c.Block(nil, keyspace.Any, timeout, func(c *engine.Call) { c.Out.Int(0) })
	}
}
