package strings

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func get(c *engine.Call) {
	if e, ok := c.Read(c.Args[1], keyspace.String); ok {
		reply(c, e)
	}
}

// reply writes the string of an entry, or null.
func reply(c *engine.Call, e keyspace.Entry) {
	if !e.Exists() {
		c.Out.Null()
		return
	}
	var digits [20]byte
	c.Out.Bulk(e.String(digits[:0]))
}

func getDel(c *engine.Call) {
	key := c.Args[1]
	e, ok := c.Read(key, keyspace.String)
	if !ok {
		return
	}
	reply(c, e)
	if e.Exists() {
		e.Delete()
		c.Modified(key, engine.NotifyGeneric, "del")
	}
}

func getEx(c *engine.Call) {
	var o options
	if !o.parse(c, 2, forGetEx) {
		return
	}
	key := c.Args[1]
	e, ok := c.Read(key, keyspace.String)
	if !ok {
		return
	}
	var at int64
	if e.Exists() && o.expire != 0 {
		if at, ok = o.expiry(c); !ok {
			return
		}
	}
	reply(c, e)
	switch {
	case !e.Exists():
	case o.expire != 0 && !o.unit.since && at <= c.Now() && !c.E.Store.NoExpire:
		e.Delete()
		c.Modified(key, engine.NotifyGeneric, "del")
	case o.expire != 0:
		e.SetExpiry(at)
		c.Modified(key, engine.NotifyGeneric, "expire")
	case o.persist && e.Persist():
		c.Modified(key, engine.NotifyGeneric, "persist")
	}
}

func strlen(c *engine.Call) {
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	n := 0
	if e.Exists() {
		n = e.StringLen()
	}
	c.Out.Int(int64(n))
}
