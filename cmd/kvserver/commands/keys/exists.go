package keys

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func del(c *engine.Call) {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.Delete(key) {
			n++
			c.Modified(key, engine.NotifyGeneric, "del")
		}
	}
	c.Out.Int(int64(n))
}

func exists(c *engine.Call) {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.Look(key).Exists() {
			n++
		}
	}
	c.Out.Int(int64(n))
}

func touch(c *engine.Call) {
	n := 0
	for _, key := range c.Args[1:] {
		if c.DB.Read(key).Exists() {
			n++
		}
	}
	c.Out.Int(int64(n))
}

func typeOf(c *engine.Call) {
	t := keyspace.Any // none
	if e := c.DB.Look(c.Args[1]); e.Exists() {
		t = e.Type()
	}
	c.Out.Simple(t.String())
}
