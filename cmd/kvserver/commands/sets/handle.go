// Package sets has the commands of sets. They read with a set.View and write with a set.Editor, which are the same for compact
// sets in their entries and large ones.
package sets

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
)

// Limits returns up to where a set is kept in compact form.
func Limits(c *engine.Call) set.Limits { return set.Limits{Entries: c.E.Config.SetMaxIntsetEntries} }

// read opens the set of a key for reading: ok is false if an error was replied. There is none if the key does not exist.
func read(c *engine.Call, key []byte) (v set.View, exists, ok bool) {
	e, ok := c.Read(key, keyspace.Set)
	return set.Open(e), e.Exists(), ok
}

// An edit is a set that a command changes.
type edit struct {
	set.Editor
	key    []byte
	exists bool
}

// find opens the set of a key to be changed: ok is false if an error was replied.
func find(c *engine.Call, key []byte) (edit, bool) {
	e, ok := c.Find(key, keyspace.Set)
	if !ok {
		return edit{}, false
	}
	return edit{set.Edit(c.DB, key, e, Limits(c)), key, e.Exists()}, true
}

// changed keeps the changes and notifies of the event, and of the key's beginning or end.
func (s *edit) changed(c *engine.Call, event string) {
	gone := s.Store()
	if !s.exists {
		c.Notify(s.key, engine.NotifyNew, "new")
	}
	c.Modified(s.key, engine.NotifySet, event)
	if gone {
		c.Notify(s.key, engine.NotifyGeneric, "del")
	}
}

// write replies a member.
func write(c *engine.Call, m listpack.Value) {
	if m.IsInt {
		c.Out.BulkInt(m.Int)
		return
	}
	c.Out.Bulk(m.Str)
}

// fits replies an error and returns false if one of the arguments is longer than a member may be.
func fits(c *engine.Call, args [][]byte) bool {
	for _, arg := range args {
		if len(arg) > set.MaxBytes {
			c.Error("ERR member is too large: it can have 1 GiB")
			return false
		}
	}
	return true
}
