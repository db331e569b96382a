package zsets

import (
	"errors"
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// numbered returns what finds the keys that follow their number at argument at; before are positions of keys before it.
func numbered(at int, before ...int) func(args [][]byte) ([]int, error) {
	return func(args [][]byte) ([]int, error) {
		list, err := engine.NumKeys(args, at)
		if err == nil && len(list) == 0 {
			err = errNoKeys
		}
		if err != nil {
			return nil, err
		}
		return slices.Concat(before, list), nil
	}
}

var errNoKeys = errors.New("no keys")

// view returns a sorted set to read. It is false after an error was replied.
func view(c *engine.Call, key []byte) (zset.Set, bool) {
	e, ok := c.Read(key, keyspace.ZSet)
	if !ok {
		return zset.Set{}, false
	}
	return zset.View(e), true
}

// edit returns a sorted set to change. It is false after an error was replied.
func edit(c *engine.Call, key []byte) (zset.Set, bool) {
	e, ok := c.Find(key, keyspace.ZSet)
	if !ok {
		return zset.Set{}, false
	}
	return zset.Edit(c.DB, key, e, limits(c)), true
}

func limits(c *engine.Call) zset.Limits {
	return zset.Limits{Entries: c.E.Config.ZSetMaxListpackEntries, Value: c.E.Config.ZSetMaxListpackValue}
}

// removed notifies of the removal of n elements, and deletes the key if they were the last.
func removed(c *engine.Call, key []byte, s *zset.Set, n int, event string) {
	if n == 0 {
		return
	}
	last := s.Exists() && s.Len() == 0
	if last {
		s.Delete()
	}
	c.Modified(key, engine.NotifyZSet, event)
	c.Dirty(n - 1)
	if !s.Exists() {
		c.Notify(key, engine.NotifyGeneric, "del")
	}
}

// cut removes the elements of the ranks from <= rank < to. All of them at once are left to lazy freeing.
func cut(s *zset.Set, from, to int) {
	if from == 0 && to == s.Len() && to > 0 {
		s.Delete()
		return
	}
	s.RemoveRange(from, to)
}
