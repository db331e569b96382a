// Package lists has the commands of lists.
//
// A small list is a listpack in its entry, a larger one a list.List. Commands work on a list.List in either case: that of a
// small list is loaded for the command and stored after it.
package lists

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/list"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// smallMax is the largest listpack in bytes that is kept in an entry: it is copied by each command.
const smallMax = 512

// A handle is a list that a command works on.
type handle struct {
	c    *engine.Call
	db   *keyspace.DB
	key  []byte
	e    keyspace.Entry
	list *list.List
}

// scratch returns the list that small ones are loaded into.
func scratch(c *engine.Call) *list.List {
	s := c.DB.Store()
	l, ok := s.Scratch[keyspace.List].(*list.List)
	if !ok {
		l = list.New(s.Heap, limit(c))
		s.Scratch[keyspace.List] = l
	}
	return l
}

func limit(c *engine.Call) list.Limit { return list.Limit(c.E.Config.ListMaxListpackSize) }

// read opens a list for reading: ok is false if an error was replied; h.list is nil if there is none.
func read(c *engine.Call, key []byte) (h handle, ok bool) {
	e, ok := c.Read(key, keyspace.List)
	return open(c, key, e), ok
}

// find opens a list to be changed.
func find(c *engine.Call, key []byte) (h handle, ok bool) {
	e, ok := c.Find(key, keyspace.List)
	return open(c, key, e), ok
}

func open(c *engine.Call, key []byte, e keyspace.Entry) handle {
	h := handle{c: c, db: c.DB, key: key, e: e}
	if !e.Exists() {
		return h
	}
	if l, ok := e.Object().(*list.List); ok {
		h.list = l
		l.SetLimit(limit(c))
		return h
	}
	h.list = scratch(c)
	h.list.Load(limit(c), e.Bytes())
	return h
}

// create has the handle of a key that does not exist have an empty list.
func (h *handle) create() {
	var buf [listpack.MinBytes]byte
	h.list = scratch(h.c)
	h.list.Load(limit(h.c), listpack.New(buf[:0]))
	h.list.Clear()
}

// store keeps the list after a change, or deletes the key if the list is empty, which it reports.
func (h *handle) store() (gone bool) {
	if h.list.Len() == 0 {
		if h.e.Exists() {
			h.e.Delete()
		}
		return true
	}
	if h.e.Exists() && h.e.Object() != nil {
		return false
	}
	lp, ok := h.list.Packed()
	if ok && len(lp) <= smallMax {
		if h.e.Exists() {
			h.e.SetBytes(keyspace.Listpack, lp)
		} else {
			h.e = h.db.Create(h.key, keyspace.List, keyspace.Listpack, lp)
			h.c.E.Notify(engine.NotifyNew, "new", h.key, h.db)
		}
		return false
	}
	// It stays: the next small list is loaded into another.
	h.db.Store().Scratch[keyspace.List] = nil
	if h.e.Exists() {
		h.e.SetObject(keyspace.Quicklist, h.list)
	} else {
		h.e = h.db.CreateObject(h.key, keyspace.List, keyspace.Quicklist, h.list)
		h.c.E.Notify(engine.NotifyNew, "new", h.key, h.db)
	}
	return false
}

// changed stores the list, notifies of the event, and of the key's end if the list is empty.
func (h *handle) changed(event string) {
	gone := h.store()
	h.c.Modified(h.key, engine.NotifyList, event)
	if gone {
		h.c.Notify(h.key, engine.NotifyGeneric, "del")
	}
}

// reply replies a value.
func reply(c *engine.Call, v listpack.Value) {
	if v.IsInt {
		c.Out.BulkInt(v.Int)
		return
	}
	c.Out.Bulk(v.Str)
}

// fits replies an error if one of the arguments from i on is longer than an element may be.
func fits(c *engine.Call, i int) bool {
	for _, arg := range c.Args[i:] {
		if len(arg) > list.MaxElement {
			c.Error("ERR element is too large: it can have 1 GiB")
			return false
		}
	}
	return true
}
