package zsets

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
)

// helpers stand for commands of other families.
var helpers = []engine.Command{
	{Name: "del", Arity: -2, Run: del},
	{Name: "sadd", Arity: 3, Run: sadd},
}

func del(c *engine.Call) {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.Delete(key) {
			n++
		}
	}
	c.Out.Int(int64(n))
}

// sadd is SADD of one member.
func sadd(c *engine.Call) {
	e, ok := c.Find(c.Args[1], keyspace.Set)
	if !ok {
		return
	}
	s := set.Edit(c.DB, c.Args[1], e, set.Limits{Entries: 16})
	n := 0
	if s.Add(c.Args[2]) {
		n++
	}
	s.Store()
	c.Out.Int(int64(n))
}
