package sets

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/scan"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
)

func add(c *engine.Call) {
	if !fits(c, c.Args[2:]) {
		return
	}
	s, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	added := 0
	for _, member := range c.Args[2:] {
		if s.Add(member) {
			added++
		}
	}
	if added > 0 {
		s.changed(c, "sadd")
		c.Dirty(added - 1)
	}
	c.Out.Int(int64(added))
}

func rem(c *engine.Call) {
	s, ok := find(c, c.Args[1])
	if !ok {
		return
	}
	removed := 0
	for _, member := range c.Args[2:] {
		if s.Remove(member) {
			removed++
		}
	}
	if removed > 0 {
		s.changed(c, "srem")
		c.Dirty(removed - 1)
	}
	c.Out.Int(int64(removed))
}

func ismember(c *engine.Call) {
	if s, _, ok := read(c, c.Args[1]); ok {
		contains(c, s, c.Args[2])
	}
}

func mismember(c *engine.Call) {
	s, _, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	c.Out.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		contains(c, s, member)
	}
}

// contains replies 1 for a member of the set, and 0 for others.
func contains(c *engine.Call, s set.View, member []byte) {
	n := int64(0)
	if s.Contains(member) {
		n = 1
	}
	c.Out.Int(n)
}

func card(c *engine.Call) {
	if s, _, ok := read(c, c.Args[1]); ok {
		c.Out.Int(int64(s.Len()))
	}
}

func members(c *engine.Call) {
	if s, _, ok := read(c, c.Args[1]); ok {
		all(c, s)
	}
}

// all replies the set.
func all(c *engine.Call, s set.View) {
	c.Out.Set(s.Len())
	s.Each(func(m listpack.Value) bool {
		write(c, m)
		return true
	})
}

// move is SMOVE.
func move(c *engine.Call) {
	if !fits(c, c.Args[3:]) {
		return
	}
	member := c.Args[3]
	from, to := c.DB.Find(c.Args[1]), c.DB.Find(c.Args[2])
	if !from.Exists() {
		c.Out.Int(0)
		return
	}
	if from.Type() != keyspace.Set || to.Exists() && to.Type() != keyspace.Set {
		c.Error(engine.ErrWrongType)
		return
	}
	if string(c.Args[1]) == string(c.Args[2]) {
		contains(c, set.Open(from), member)
		return
	}
	s := edit{set.Edit(c.DB, c.Args[1], from, Limits(c)), c.Args[1], true}
	if !s.Remove(member) {
		c.Out.Int(0)
		return
	}
	s.changed(c, "srem")
	to = c.DB.Peek(c.Args[2]) // the other may have moved
	d := edit{set.Edit(c.DB, c.Args[2], to, Limits(c)), c.Args[2], to.Exists()}
	if d.Add(member) {
		d.changed(c, "sadd")
	}
	c.Out.Int(1)
}

func sscan(c *engine.Call) {
	cursor, ok := scan.Cursor(c, 2)
	if !ok {
		return
	}
	s, exists, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	if !exists {
		scan.Empty(c)
		return
	}
	if o, ok := scan.ParseOptions(c, 3); ok {
		scan.Reply(c, cursor, o, func(cursor uint64, m *scan.Emitter) uint64 { return s.Scan(cursor, m.Member) })
	}
}
