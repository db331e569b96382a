package strings

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func set(c *engine.Call) {
	var o options
	if len(c.Args) > 3 && !o.parse(c, 3, forSet) {
		return
	}
	at := int64(0)
	switch {
	case o.keepTTL:
		at = keyspace.KeepExpiry
	case o.expire != 0:
		var ok bool
		if at, ok = o.expiry(c); !ok {
			return
		}
	}
	key := c.Args[1]
	var e keyspace.Entry
	if o.get {
		var ok bool
		if e, ok = c.Read(key, keyspace.String); !ok {
			return
		}
		reply(c, e)
	} else {
		e = c.DB.Find(key)
	}
	if o.nx && e.Exists() || o.xx && !e.Exists() {
		if !o.get {
			c.Out.Null()
		}
		return
	}
	put(c, e, 1, 2, at)
	if o.expire != 0 {
		c.Notify(key, engine.NotifyGeneric, "expire")
	}
	if !o.get {
		c.Out.OK()
	}
}

// put gives the key of an argument the string of another. e is what was found for the key.
func put(c *engine.Call, e keyspace.Entry, key, value int, at int64) {
	k, v := c.Args[key], c.Args[value]
	if len(v) > keyspace.EmbedMax {
		v = c.Keep(value)
	}
	isNew := !e.Exists()
	c.DB.SetString(e, k, v, at)
	if isNew {
		c.Notify(k, engine.NotifyNew, "new")
	}
	c.Modified(k, engine.NotifyString, "set")
}

func setNX(c *engine.Call) {
	e := c.DB.Find(c.Args[1])
	if e.Exists() {
		c.Out.Int(0)
		return
	}
	put(c, e, 1, 2, 0)
	c.Out.Int(1)
}

// setEx is SETEX and PSETEX: key, time, value.
func setEx(c *engine.Call, u unit) {
	at, ok := expiry(c, 2, u)
	if !ok {
		return
	}
	put(c, c.DB.Find(c.Args[1]), 1, 3, at)
	c.Notify(c.Args[1], engine.NotifyGeneric, "expire")
	c.Out.OK()
}

func getSet(c *engine.Call) {
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	reply(c, e)
	put(c, e, 1, 2, 0)
}
