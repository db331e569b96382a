package lists

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// event names what happens at an end.
func event(what string, head bool) string {
	if head {
		return "l" + what
	}
	return "r" + what
}

// push is LPUSH, RPUSH and, if the list has to exist, LPUSHX, RPUSHX.
func push(head, exists bool) func(*engine.Call) {
	name := event("push", head)
	return func(c *engine.Call) {
		h, ok := find(c, c.Args[1])
		if !ok || !fits(c, 2) {
			return
		}
		isNew := h.list == nil
		if isNew {
			if exists {
				c.Out.Int(0)
				return
			}
			h.create()
		}
		for _, elem := range c.Args[2:] {
			h.list.Push(elem, head)
		}
		c.Out.Int(int64(h.list.Len()))
		h.changed(name)
		c.Dirty(len(c.Args) - 3)
		if isNew { // nobody waits for one that exists
			c.Ready(c.Args[1])
		}
	}
}

func length(c *engine.Call) {
	e, ok := c.Read(c.Args[1], keyspace.List)
	if !ok {
		return
	}
	c.Out.Int(int64(Len(e)))
}

func insert(c *engine.Call) {
	before := c.Is(2, "before")
	if !before && !c.Is(2, "after") {
		c.Syntax()
		return
	}
	h, ok := find(c, c.Args[1])
	switch {
	case !ok || !fits(c, 4):
	case h.list == nil:
		c.Out.Int(0)
	case !h.list.Insert(c.Args[3], c.Args[4], before):
		c.Out.Int(-1)
	default:
		c.Out.Int(int64(h.list.Len()))
		h.changed("linsert")
	}
}

func set(c *engine.Call) {
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	if h.list == nil {
		c.Error(engine.ErrNoKey)
		return
	}
	i, ok := c.Int(2)
	if !ok || !fits(c, 3) {
		return
	}
	at, ok := index(i, h.list.Len())
	if !ok {
		c.Error("ERR index out of range")
		return
	}
	h.list.Set(at, c.Args[3])
	c.Out.OK()
	h.changed("lset")
}

// index turns an index that may count from the end into one from 0 and reports whether it is within n elements.
func index(i int64, n int) (int, bool) {
	if i < 0 {
		i += int64(n)
	}
	return int(i), i >= 0 && i < int64(n)
}

// span turns two indexes, the last included, into the first element and the number of elements, which may be 0.
func span(start, stop int64, n int) (first, count int) {
	if start < 0 {
		start = max(0, start+int64(n))
	}
	if stop < 0 {
		stop += int64(n)
	}
	stop = min(stop, int64(n)-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop-start) + 1
}
