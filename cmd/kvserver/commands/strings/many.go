package strings

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// mget replies null for a key of another type too.
func mget(c *engine.Call) {
	c.Out.Array(len(c.Args) - 1)
	for _, key := range c.Args[1:] {
		e, _ := c.Read(key, keyspace.Any)
		if e.Exists() && e.Type() != keyspace.String {
			c.Out.Null()
			continue
		}
		reply(c, e)
	}
}

func mset(c *engine.Call) {
	if pairs(c) {
		setAll(c)
		c.Out.OK()
	}
}

func msetNX(c *engine.Call) {
	if !pairs(c) {
		return
	}
	for i := 1; i < len(c.Args); i += 2 {
		if c.DB.Find(c.Args[i]).Exists() {
			c.Out.Int(0)
			return
		}
	}
	setAll(c)
	c.Out.Int(1)
}

// pairs replies an error and returns false unless each key has a value.
func pairs(c *engine.Call) bool {
	if len(c.Args)%2 == 0 {
		c.Error("ERR wrong number of arguments for '" + c.Cmd.FullName() + "' command")
		return false
	}
	return true
}

func setAll(c *engine.Call) {
	for i := 1; i < len(c.Args); i += 2 {
		put(c, c.DB.Find(c.Args[i]), i, i+1, 0)
	}
}
