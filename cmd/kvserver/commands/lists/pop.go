package lists

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// pop is LPOP and RPOP.
func pop(head bool) func(*engine.Call) {
	name := event("pop", head)
	return func(c *engine.Call) {
		if len(c.Args) > 3 {
			c.Error("ERR wrong number of arguments for '" + c.Cmd.FullName() + "' command")
			return
		}
		count, counted := int64(1), len(c.Args) == 3
		if counted {
			var ok bool
			if count, ok = positive(c, 2); !ok {
				return
			}
		}
		h, ok := find(c, c.Args[1])
		switch {
		case !ok:
		case h.list == nil && counted:
			c.Out.NullArray()
		case h.list == nil:
			c.Out.Null()
		case count == 0:
			c.Out.Array(0)
		case !counted:
			reply(c, h.list.End(head))
			h.list.Drop(head)
			h.changed(name)
		default:
			h.popMany(count, head)
			h.changed(name)
		}
	}
}

// positive parses a count that is not negative.
func positive(c *engine.Call, i int) (int64, bool) {
	n, ok := engine.ParseInt(c.Args[i])
	if !ok || n < 0 {
		c.Error("ERR value is out of range, must be positive")
		return 0, false
	}
	return n, true
}

// popMany replies and removes up to count elements.
func (h *handle) popMany(count int64, head bool) {
	n := int(min(count, int64(h.list.Len())))
	h.c.Out.Array(n)
	start := 0
	if !head {
		start = h.list.Len() - 1
	}
	it := h.list.Iter(start, head)
	for range n {
		v, _ := it.Next()
		reply(h.c, v)
	}
	if head {
		h.list.RemoveRange(0, n)
	} else {
		h.list.RemoveRange(h.list.Len()-n, n)
	}
	h.c.Dirty(n - 1)
}

// blockingPop is BLPOP and BRPOP.
func blockingPop(head bool) func(*engine.Call) {
	name := event("pop", head)
	return func(c *engine.Call) {
		last := len(c.Args) - 1
		timeout, ok := c.Timeout(last)
		if !ok {
			return
		}
		keys := c.Args[1:last]
		for _, key := range keys {
			h, ok := find(c, key)
			if !ok {
				return
			}
			if h.list == nil {
				continue
			}
			c.Out.Array(2)
			c.Out.Bulk(key)
			reply(c, h.list.End(head))
			h.list.Drop(head)
			h.changed(name)
			return
		}
		block(c, keys, timeout, nullArray)
	}
}

func nullArray(c *engine.Call) { c.Out.NullArray() }

// noElement replies that no element was moved: Redis says so in one way when it may not wait, in another when it has waited.
func noElement(c *engine.Call) {
	if c.InTransaction() {
		c.Out.Null()
		return
	}
	c.Out.NullArray()
}
