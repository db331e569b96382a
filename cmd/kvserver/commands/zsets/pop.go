package zsets

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// popped pops up to n elements, n > 0, of a sorted set that is not empty, and replies each: flat or as pairs. The header
// comes from begin, which is told how many there are.
func popped(c *engine.Call, key []byte, s *zset.Set, max bool, n int64, pairs bool, begin func(n int)) {
	length := s.Len()
	count := length
	if n < int64(length) {
		count = int(n)
	}
	begin(count)
	from, rank := 0, 0
	if max {
		from, rank = length-count, length-1
	}
	p := s.At(rank)
	for i := range count {
		if pairs {
			c.Out.Array(2)
		}
		c.Out.Bulk(s.Member(p))
		c.Out.Double(s.Score(p))
		switch {
		case i == count-1:
		case max:
			p = s.Prev(p)
		default:
			p = s.Next(p)
		}
	}
	cut(s, from, from+count)
	event := "zpopmin"
	if max {
		event = "zpopmax"
	}
	removed(c, key, s, count, event)
}

// zpop is ZPOPMIN and ZPOPMAX.
func zpop(c *engine.Call, max bool) {
	if len(c.Args) > 3 {
		c.Syntax()
		return
	}
	n, pairs := int64(1), false
	if len(c.Args) == 3 {
		var ok bool
		if n, ok = engine.ParseInt(c.Args[2]); !ok || n < 0 {
			c.Error("ERR value is out of range, must be positive")
			return
		}
		pairs = c.Out.Proto() > 2
	}
	s, ok := edit(c, c.Args[1])
	if !ok {
		return
	}
	if n == 0 || !s.Exists() {
		c.Out.Array(0)
		return
	}
	popped(c, c.Args[1], &s, max, n, pairs, func(n int) {
		if !pairs {
			n *= 2
		}
		c.Out.Array(n)
	})
}

// multiPop is ZMPOP and BZMPOP, parsed.
type multiPop struct {
	keys [][]byte
	max  bool
	n    int64
}

// parse reads the arguments from the number of keys at argument at on.
func (m *multiPop) parse(c *engine.Call, at int) bool {
	n, ok := engine.ParseInt(c.Args[at])
	if !ok || n < 1 {
		c.Error("ERR numkeys should be greater than 0")
		return false
	}
	if n >= int64(len(c.Args)-at-1) {
		c.Syntax()
		return false
	}
	i := at + 1 + int(n)
	m.keys = c.Args[at+1 : i]
	switch {
	case c.Is(i, "min"):
	case c.Is(i, "max"):
		m.max = true
	default:
		c.Syntax()
		return false
	}
	m.n = 1
	given := false
	for i++; i < len(c.Args); i += 2 {
		if given || !c.Is(i, "count") || i+1 == len(c.Args) {
			c.Syntax()
			return false
		}
		given = true
		if m.n, ok = engine.ParseInt(c.Args[i+1]); !ok || m.n < 1 {
			c.Error("ERR count should be greater than 0")
			return false
		}
	}
	return true
}

// pop pops from the first of the keys that exists. It returns false if none does, and true after an error was replied, too.
func (m *multiPop) pop(c *engine.Call) bool {
	return first(c, m.keys, func(key []byte, s *zset.Set) {
		popped(c, key, s, m.max, m.n, true, func(n int) {
			c.Out.Array(2)
			c.Out.Bulk(key)
			c.Out.Array(n)
		})
	})
}

// first calls fn with the first of the keys that exists. A key of another type is an error, unless the session was blocked
// before: then the type has changed since, and the key does not serve it.
func first(c *engine.Call, keys [][]byte, fn func(key []byte, s *zset.Set)) bool {
	for _, key := range keys {
		e, _ := c.Find(key, keyspace.Any) // of a session that waited, only the key that is ready is there
		if !e.Exists() {
			continue
		}
		if e.Type() != keyspace.ZSet {
			if c.S.Blocked() {
				continue
			}
			c.Error(engine.ErrWrongType)
			return true
		}
		s := zset.Edit(c.DB, key, e, limits(c))
		fn(key, &s)
		return true
	}
	return false
}

func zmpop(c *engine.Call) {
	var m multiPop
	if m.parse(c, 1) && !m.pop(c) {
		c.Out.NullArray()
	}
}

func bzmpop(c *engine.Call) {
	var m multiPop
	if !m.parse(c, 2) {
		return
	}
	ms, ok := c.Timeout(1)
	if !ok {
		return
	}
	if !m.pop(c) {
		c.Block(m.keys, keyspace.ZSet, ms, nothing)
	}
}

// bzpop is BZPOPMIN and BZPOPMAX.
func bzpop(c *engine.Call, max bool) {
	last := len(c.Args) - 1
	ms, ok := c.Timeout(last)
	if !ok {
		return
	}
	keys := c.Args[1:last]
	found := first(c, keys, func(key []byte, s *zset.Set) {
		popped(c, key, s, max, 1, false, func(int) {
			c.Out.Array(3)
			c.Out.Bulk(key)
		})
	})
	if !found {
		c.Block(keys, keyspace.ZSet, ms, nothing)
	}
}

func nothing(c *engine.Call) { c.Out.NullArray() }
