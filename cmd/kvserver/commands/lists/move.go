package lists

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func block(c *engine.Call, keys [][]byte, timeout int64, null func(*engine.Call)) {
	c.Block(keys, keyspace.List, timeout, null)
}

// end parses LEFT or RIGHT.
func end(c *engine.Call, i int) (head, ok bool) {
	switch {
	case c.Is(i, "left"):
		return true, true
	case c.Is(i, "right"):
		return false, true
	}
	c.Syntax()
	return false, false
}

func lmove(c *engine.Call) {
	from, ok := end(c, 3)
	if !ok {
		return
	}
	to, ok := end(c, 4)
	if !ok {
		return
	}
	move(c, from, to, func() { c.Out.Null() })
}

func blmove(c *engine.Call) {
	from, ok := end(c, 3)
	if !ok {
		return
	}
	to, ok := end(c, 4)
	if !ok {
		return
	}
	timeout, ok := c.Timeout(5)
	if !ok {
		return
	}
	move(c, from, to, func() { block(c, c.Args[1:2], timeout, noElement) })
}

func rpoplpush(c *engine.Call) { move(c, false, true, func() { c.Out.Null() }) }

func brpoplpush(c *engine.Call) {
	timeout, ok := c.Timeout(3)
	if !ok {
		return
	}
	move(c, false, true, func() { block(c, c.Args[1:2], timeout, noElement) })
}

// move takes an element from an end of the first list to an end of the second and replies it, or calls empty if there is
// none.
func move(c *engine.Call, from, to bool, empty func()) {
	source, target := c.Args[1], c.Args[2]
	h, ok := find(c, source)
	if !ok {
		return
	}
	if h.list == nil {
		empty()
		return
	}
	// The type of the target is looked at before anything is taken.
	if _, ok := c.Find(target, keyspace.List); !ok {
		return
	}
	mark := c.Out.Len()
	reply(c, h.list.End(from))
	elem := h.list.End(from).AppendTo(nil)
	if string(source) == string(target) {
		h.list.Drop(from)
		h.list.Push(elem, to)
		h.store()
		c.Modified(source, engine.NotifyList, event("push", to))
		c.Notify(source, engine.NotifyList, event("pop", from))
		return
	}
	h.list.Drop(from)
	gone := h.store()
	t, ok := find(c, target)
	if !ok {
		c.Out.Truncate(mark)
		return
	}
	if t.list == nil {
		t.create()
		c.Ready(target) // nobody waits for one that exists
	}
	t.list.Push(elem, to)
	t.changed(event("push", to))
	c.Modified(source, engine.NotifyList, event("pop", from))
	if gone {
		c.Notify(source, engine.NotifyGeneric, "del")
	}
}

func lmpop(c *engine.Call) { multiPop(c, 1, false) }

func blmpop(c *engine.Call) { multiPop(c, 2, true) }

// multiPop is LMPOP and BLMPOP, with the number of keys in argument at, and before it the time to wait.
func multiPop(c *engine.Call, at int, blocks bool) {
	n, ok := engine.ParseInt(c.Args[at])
	if !ok || n <= 0 {
		c.Error("ERR numkeys should be greater than 0")
		return
	}
	if n > int64(len(c.Args)-at-2) {
		c.Syntax()
		return
	}
	keys := c.Args[at+1 : at+1+int(n)]
	next := at + 1 + int(n)
	head, ok := end(c, next)
	if !ok {
		return
	}
	count, counted := int64(1), false
	for next++; next < len(c.Args); next += 2 {
		if counted || !c.Is(next, "count") || next+1 >= len(c.Args) {
			c.Syntax()
			return
		}
		counted = true
		if count, ok = engine.ParseInt(c.Args[next+1]); !ok || count <= 0 {
			c.Error("ERR count should be greater than 0")
			return
		}
	}
	var timeout int64
	if blocks {
		if timeout, ok = c.Timeout(at - 1); !ok {
			return
		}
	}
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
		h.popMany(count, head)
		h.changed(event("pop", head))
		return
	}
	if blocks {
		block(c, keys, timeout, nullArray)
		return
	}
	c.Out.NullArray()
}

// multiKeys returns where the keys of LMPOP and BLMPOP are.
func multiKeys(at int) func([][]byte) ([]int, error) {
	return func(args [][]byte) ([]int, error) { return engine.NumKeys(args, at) }
}
