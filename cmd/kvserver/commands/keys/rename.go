package keys

import (
	"bytes"
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

const errSame = "ERR source and destination objects are the same"

// rename is RENAME, and RENAMENX if the new key must not exist.
func rename(nx bool) func(*engine.Call) {
	return func(c *engine.Call) {
		from, to := c.Args[1], c.Args[2]
		e := c.DB.Find(from)
		if !e.Exists() {
			c.Error(engine.ErrNoKey)
			return
		}
		same := bytes.Equal(from, to)
		if same && !nx {
			c.Out.OK()
			return
		}
		old := c.DB.Find(to)
		if nx && old.Exists() {
			c.Out.Int(0)
			return
		}
		if old.Exists() {
			old.Delete()
		}
		transfer(c, &e, c.DB, from, to)
		c.Modified(from, engine.NotifyGeneric, "rename_from")
		c.Notify(to, engine.NotifyGeneric, "rename_to")
		if nx {
			c.Out.Int(1)
		} else {
			c.Out.OK()
		}
	}
}

// transfer gives the value of a key to another, which does not exist, and says so to those who watch or wait for it.
func transfer(c *engine.Call, e *keyspace.Entry, db *keyspace.DB, from, to []byte) {
	access := e.Access()
	moved := e.Rename(db, to)
	moved.SetAccess(access)
	c.E.Notify(engine.NotifyNew, "new", to, db)
	c.E.Touch(db, to)
	c.ReadyIn(db, to)
}

// database parses an argument as the number of a database. It replies an error and returns nil if there is none.
func database(c *engine.Call, i int) *keyspace.DB {
	n, ok := c.Int(i)
	switch {
	case !ok:
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Error("ERR value is out of range, value must between -2147483648 and 2147483647")
	case n < 0 || n >= int64(c.E.Store.Databases()):
		c.Error("ERR DB index is out of range")
	default:
		return c.E.Store.DB(int(n))
	}
	return nil
}

func move(c *engine.Call) {
	key := c.Args[1]
	to := database(c, 2)
	if to == nil {
		return
	}
	if to == c.DB {
		c.Error(errSame)
		return
	}
	e := c.DB.Find(key)
	if !e.Exists() || to.Find(key).Exists() {
		c.Out.Int(0)
		return
	}
	transfer(c, &e, to, key, key)
	c.Modified(key, engine.NotifyGeneric, "move_from")
	c.E.Notify(engine.NotifyGeneric, "move_to", key, to)
	c.Out.Int(1)
}

func copyKey(c *engine.Call) {
	to, replace := c.DB, false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "replace"):
			replace = true
		case c.Is(i, "db") && i+1 < len(c.Args):
			i++
			if to = database(c, i); to == nil {
				return
			}
		default:
			c.Syntax()
			return
		}
	}
	from, key := c.Args[1], c.Args[2]
	if to == c.DB && bytes.Equal(from, key) {
		c.Error(errSame)
		return
	}
	e, _ := c.Read(from, keyspace.Any)
	if !e.Exists() {
		c.Out.Int(0)
		return
	}
	if old := to.Find(key); old.Exists() {
		if !replace {
			c.Out.Int(0)
			return
		}
		old.Delete()
	}
	duplicate(e, to, key)
	c.E.Notify(engine.NotifyNew, "new", key, to)
	c.ModifiedIn(to, key, engine.NotifyGeneric, "copy_to")
	c.ReadyIn(to, key)
	c.Out.Int(1)
}

// duplicate makes a key, which does not exist, with a copy of the value and the expiry of another.
func duplicate(e keyspace.Entry, db *keyspace.DB, key []byte) {
	var made keyspace.Entry
	if o := e.Object(); o != nil {
		made = db.CreateObject(key, e.Type(), e.Encoding(), o.Clone())
	} else {
		made = db.Create(key, e.Type(), e.Encoding(), e.Bytes())
	}
	if at, ok := e.Expiry(); ok {
		made.SetExpiry(at)
	}
}
