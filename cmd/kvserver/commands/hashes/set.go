package hashes

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

// set is HSET, which replies how many fields are new, and HMSET.
func set(c *engine.Call) {
	if len(c.Args)%2 != 0 {
		c.Error("ERR wrong number of arguments for '" + c.Cmd.FullName() + "' command")
		return
	}
	if !fits(c, c.Args[2:]) {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	added := int64(0)
	for i := 2; i < len(c.Args); i += 2 {
		if h.Set(c.Args[i], c.Args[i+1]) {
			added++
		}
	}
	if c.Cmd.Name == "hset" {
		c.Out.Int(added)
	} else {
		c.Out.OK()
	}
	h.changed(c, "hset")
	c.Dirty(len(c.Args)/2 - 2)
}

func setnx(c *engine.Call) {
	if !fits(c, c.Args[2:]) {
		return
	}
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	if _, there := h.Get(c.Args[2]); there {
		c.Out.Int(0)
		return
	}
	h.Set(c.Args[2], c.Args[3])
	c.Out.Int(1)
	h.changed(c, "hset")
}

func del(c *engine.Call) {
	h, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	deleted := 0
	for _, field := range c.Args[2:] {
		if h.Delete(field) {
			deleted++
		}
	}
	if deleted > 0 {
		h.changed(c, "hdel")
		c.Dirty(deleted - 1)
	}
	c.Out.Int(int64(deleted))
}
