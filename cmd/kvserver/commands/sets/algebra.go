package sets

import (
	"cmp"
	"math"
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
)

// An operation calls fn for the members of a result until it returns false, for each once.
type operation func(c *engine.Call, sets []set.View, fn func(m listpack.Value) bool)

// open reads the sets of keys: ok is false if an error was replied.
func open(c *engine.Call, keys [][]byte) (sets []set.View, ok bool) {
	sets = make([]set.View, len(keys))
	for i, key := range keys {
		if sets[i], _, ok = read(c, key); !ok {
			return nil, false
		}
	}
	return sets, true
}

// inter goes over the smallest set and asks the others, the smaller first.
func inter(_ *engine.Call, sets []set.View, fn func(m listpack.Value) bool) {
	slices.SortStableFunc(sets, func(a, b set.View) int { return cmp.Compare(a.Len(), b.Len()) })
	sets[0].Each(func(m listpack.Value) bool {
		for _, s := range sets[1:] {
			if !s.ContainsValue(m) {
				return true
			}
		}
		return fn(m)
	})
}

// diff goes over the first set and asks the others, the larger first: they are more likely to have a member.
func diff(_ *engine.Call, sets []set.View, fn func(m listpack.Value) bool) {
	others := sets[1:]
	slices.SortStableFunc(others, func(a, b set.View) int { return cmp.Compare(b.Len(), a.Len()) })
	for len(others) > 0 && others[len(others)-1].Len() == 0 {
		others = others[:len(others)-1]
	}
	sets[0].Each(func(m listpack.Value) bool {
		for _, s := range others {
			if s.ContainsValue(m) {
				return true
			}
		}
		return fn(m)
	})
}

// union collects the members that it has met, but for those of the last set.
func union(c *engine.Call, sets []set.View, fn func(m listpack.Value) bool) {
	met := set.Build(c.DB.Store(), Limits(c))
	defer met.Discard()
	goOn := true
	for i, s := range sets {
		last := i == len(sets)-1
		s.Each(func(m listpack.Value) bool {
			if last {
				if !met.View().ContainsValue(m) {
					goOn = fn(m)
				}
			} else if met.AddValue(m) {
				goOn = fn(m)
			}
			return goOn
		})
		if !goOn {
			return
		}
	}
}

// reply is SINTER, SUNION and SDIFF.
func reply(op operation) func(*engine.Call) {
	return func(c *engine.Call) {
		sets, ok := open(c, c.Args[1:])
		if !ok {
			return
		}
		mark, n := c.Out.Begin(), 0
		op(c, sets, func(m listpack.Value) bool {
			write(c, m)
			n++
			return true
		})
		c.Out.EndSet(mark, n)
	}
}

// store is SINTERSTORE, SUNIONSTORE and SDIFFSTORE.
func store(op operation, event string) func(*engine.Call) {
	return func(c *engine.Call) {
		sets, ok := open(c, c.Args[2:])
		if !ok {
			return
		}
		result := set.Build(c.DB.Store(), Limits(c))
		op(c, sets, func(m listpack.Value) bool {
			result.AddValue(m)
			return true
		})
		n, key := result.View().Len(), c.Args[1]
		existed := c.DB.Delete(key)
		result.Store(c.DB, key)
		c.Out.Int(int64(n))
		switch {
		case n > 0:
			if !existed {
				c.Notify(key, engine.NotifyNew, "new")
			}
			c.Modified(key, engine.NotifySet, event)
		case existed:
			c.Modified(key, engine.NotifyGeneric, "del")
		}
	}
}

// intercard is SINTERCARD.
func intercard(c *engine.Call) {
	keys, ok := engine.ParseInt(c.Args[1])
	if !ok || keys < 1 {
		c.Error("ERR numkeys should be greater than 0")
		return
	}
	if keys > int64(len(c.Args)-2) {
		c.Error("ERR Number of keys can't be greater than number of args")
		return
	}
	limit := int64(math.MaxInt64)
	for i := 2 + int(keys); i < len(c.Args); i += 2 {
		if !c.Is(i, "limit") || i+1 == len(c.Args) {
			c.Syntax()
			return
		}
		if limit, ok = engine.ParseInt(c.Args[i+1]); !ok || limit < 0 {
			c.Error("ERR LIMIT can't be negative")
			return
		}
		if limit == 0 {
			limit = math.MaxInt64
		}
	}
	sets, ok := open(c, c.Args[2:2+keys])
	if !ok {
		return
	}
	n := int64(0)
	inter(c, sets, func(listpack.Value) bool {
		n++
		return n < limit
	})
	c.Out.Int(n)
}
