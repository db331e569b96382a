// Package hashes has the commands of hashes. They read with a hash.View and write with a hash.Editor, which are the same for
// small hashes in their entries and large ones.
package hashes

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// Limits returns up to where a hash is kept in compact form.
func Limits(c *engine.Call) hash.Limits {
	return hash.Limits{Entries: c.E.Config.HashMaxListpackEntries, Value: c.E.Config.HashMaxListpackValue}
}

// read opens the hash of a key for reading: ok is false if an error was replied. There is none if the key does not exist.
func read(c *engine.Call, key []byte) (v hash.View, exists, ok bool) {
	e, ok := c.Read(key, keyspace.Hash)
	return hash.Open(e), e.Exists(), ok
}

// An edit is a hash that a command changes.
type edit struct {
	hash.Editor
	isNew bool
}

// find opens the hash of a key to be changed: ok is false if an error was replied.
func find(c *engine.Call, key []byte) (edit, bool) {
	e, ok := c.Find(key, keyspace.Hash)
	if !ok {
		return edit{}, false
	}
	return edit{hash.Edit(c.DB, key, e, Limits(c)), !e.Exists()}, true
}

// changed keeps the changes and notifies of the event, and of the key's beginning or end.
func (h *edit) changed(c *engine.Call, event string) {
	gone := h.Store()
	key := c.Args[1]
	if h.isNew {
		c.Notify(key, engine.NotifyNew, "new")
	}
	c.Modified(key, engine.NotifyHash, event)
	if gone {
		c.Notify(key, engine.NotifyGeneric, "del")
	}
}

// reply replies a field or value.
func reply(c *engine.Call, v listpack.Value) {
	if v.IsInt {
		c.Out.BulkInt(v.Int)
		return
	}
	c.Out.Bulk(v.Str)
}

// fits replies an error and returns false if one of the arguments is longer than a field or value may be.
func fits(c *engine.Call, args [][]byte) bool {
	for _, arg := range args {
		if len(arg) > hash.MaxBytes {
			c.Error("ERR field or value is too large: it can have 1 GiB")
			return false
		}
	}
	return true
}
