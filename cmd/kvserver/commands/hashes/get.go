package hashes

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/scan"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

func get(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if ok {
		field(c, h, c.Args[2])
	}
}

func mget(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(len(c.Args) - 2)
	for _, name := range c.Args[2:] {
		field(c, h, name)
	}
}

// field replies the value of a field, or null.
func field(c *engine.Call, h hash.View, name []byte) {
	if v, there := h.Get(name); there {
		reply(c, v)
	} else {
		c.Out.Null()
	}
}

func length(c *engine.Call) {
	if h, _, ok := read(c, c.Args[1]); ok {
		c.Out.Int(int64(h.Len()))
	}
}

func exists(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	n := int64(0)
	if _, there := h.Get(c.Args[2]); there {
		n = 1
	}
	c.Out.Int(n)
}

func strlen(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	v, _ := h.Get(c.Args[2])
	c.Out.Int(int64(v.Len()))
}

func getall(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.Map(h.Len())
	h.Each(func(field, value listpack.Value) bool {
		reply(c, field)
		reply(c, value)
		return true
	})
}

func keys(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(h.Len())
	h.Each(func(field, _ listpack.Value) bool {
		reply(c, field)
		return true
	})
}

func vals(c *engine.Call) {
	h, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(h.Len())
	h.Each(func(_, value listpack.Value) bool {
		reply(c, value)
		return true
	})
}

func hscan(c *engine.Call) {
	cursor, ok := scan.Cursor(c, 2)
	if !ok {
		return
	}
	h, exists, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	if !exists {
		scan.Empty(c)
		return
	}
	if o, ok := scan.ParseOptions(c, 3); ok {
		scan.Reply(c, cursor, o, func(cursor uint64, m *scan.Emitter) uint64 { return h.Scan(cursor, m.Pair) })
	}
}
