package zsets

import (
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A source is one input of a union, intersection or difference: a sorted set, or a plain one, whose scores are 1.
type source struct {
	entry  keyspace.Entry
	weight float64
	sorted zset.Set
	plain  *set.View // nil: it is sorted
	len    int
}

// sources looks up the inputs. It replies an error and returns nil if a key holds something else.
func sources(c *engine.Call, keys [][]byte) []source {
	list := make([]source, len(keys))
	for i, key := range keys {
		e := c.DB.Read(key)
		if e.Exists() && e.Type() != keyspace.ZSet && e.Type() != keyspace.Set {
			c.Error(engine.ErrWrongType)
			return nil
		}
		list[i] = source{entry: e, weight: 1}
	}
	for i := range list {
		list[i].open()
	}
	return list
}

func (s *source) open() {
	e := s.entry
	switch {
	case !e.Exists():
	case e.Type() == keyspace.ZSet:
		s.sorted = zset.View(e)
		s.len = s.sorted.Len()
	default:
		v := set.Open(e)
		s.plain = &v
		s.len = s.plain.Len()
	}
}

// score returns the score of a member.
func (s *source) score(member []byte) (float64, bool) {
	if s.plain != nil {
		return 1, s.plain.Contains(member)
	}
	p := s.sorted.Find(member)
	if p == 0 {
		return 0, false
	}
	return s.sorted.Score(p), true
}

// all calls fn for all elements until it returns false.
func (s *source) all(fn func(member []byte, score float64) bool) {
	if s.plain != nil {
		var digits [20]byte
		s.plain.Each(func(member listpack.Value) bool {
			if member.IsInt {
				return fn(member.AppendTo(digits[:0]), 1)
			}
			return fn(member.Str, 1)
		})
		return
	}
	for p := s.sorted.At(0); p != 0; p = s.sorted.Next(p) {
		if !fn(s.sorted.Member(p), s.sorted.Score(p)) {
			return
		}
	}
}

// bySize sorts sources, the smallest first: the order in which Redis adds scores, which decides the last bits of a sum.
func bySize(list []source) {
	slices.SortStableFunc(list, func(a, b source) int { return a.len - b.len })
}
