package zsets

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A query is a command of the ZRANGE family.
type query struct {
	kind       kind
	fixedKind  bool // the command's name says the kind: BYSCORE and BYLEX are no options
	fixedOrder bool
	reverse    bool
	store      bool
	withScores bool
	offset     int64
	limit      int64 // negative: none
}

// parse reads the arguments from the key at argument at on. It replies an error and returns false if they are wrong.
func (q *query) parse(c *engine.Call, at int) (r interval, ok bool) {
	q.limit = -1
	for i := at + 3; i < len(c.Args); i++ {
		switch {
		case !q.store && c.Is(i, "withscores"):
			q.withScores = true
		case c.Is(i, "limit") && i+2 < len(c.Args):
			if q.offset, ok = c.Int(i + 1); !ok {
				return r, false
			}
			if q.limit, ok = c.Int(i + 2); !ok {
				return r, false
			}
			i += 2
		case !q.fixedOrder && c.Is(i, "rev"):
			q.reverse, q.fixedOrder = true, true
		case !q.fixedKind && c.Is(i, "bylex"):
			q.kind, q.fixedKind = byLex, true
		case !q.fixedKind && c.Is(i, "byscore"):
			q.kind, q.fixedKind = byScore, true
		default:
			c.Syntax()
			return r, false
		}
	}
	switch {
	case q.limit != -1 && q.kind == byRank:
		c.Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
		return r, false
	case q.withScores && q.kind == byLex:
		c.Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
		return r, false
	}
	if q.kind == byRank {
		q.offset = 0 // of a LIMIT whose number is -1, which is not refused
	}
	low, high := c.Args[at+1], c.Args[at+2]
	if q.reverse && q.kind != byRank {
		low, high = high, low
	}
	return r, r.parse(c, q.kind, low, high)
}

// A selection is n elements from a first one on, upwards or downwards.
type selection struct {
	first   zset.Pos
	n       int
	reverse bool
}

// selects returns what the query selects.
func (q *query) selects(s *zset.Set, r *interval) selection {
	n := s.Len()
	if n == 0 {
		return selection{}
	}
	var from, to int
	var first zset.Pos // at from, if it is known
	switch {
	case q.kind == byRank:
		from, to = r.ranks(s)
		if q.reverse {
			from, to = n-to, n-from
		}
	default:
		from, first = s.Seek(r.low)
		to, _ = s.Seek(r.high)
	}
	length := to - from
	if length <= 0 || q.offset < 0 || q.offset >= int64(length) || q.limit == 0 {
		return selection{}
	}
	skip := int(q.offset)
	length -= skip
	if q.limit > 0 {
		length = int(min(q.limit, int64(length)))
	}
	switch {
	case q.reverse:
		first = s.At(to - 1 - skip)
	case skip > 0 || first == 0:
		first = s.At(from + skip)
	}
	return selection{first: first, n: length, reverse: q.reverse}
}

// next returns the element after p.
func (sel *selection) next(s *zset.Set, p zset.Pos) zset.Pos {
	if sel.reverse {
		return s.Prev(p)
	}
	return s.Next(p)
}

// zrange replies what the query of the arguments selects.
func zrange(c *engine.Call, given *query) {
	q := *given
	r, ok := q.parse(c, 1)
	if !ok {
		return
	}
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	sel := q.selects(&s, &r)
	beginPairs(c, sel.n, q.withScores)
	for p := sel.first; sel.n > 0; sel.n-- {
		pair(c, &s, p, q.withScores)
		if sel.n > 1 {
			p = sel.next(&s, p)
		}
	}
}

// beginPairs begins the reply of n members, with or without scores: flat in RESP2, pairs in RESP3.
func beginPairs(c *engine.Call, n int, withScores bool) {
	if withScores && c.Out.Proto() == 2 {
		n *= 2
	}
	c.Out.Array(n)
}

// pair replies one element of them.
func pair(c *engine.Call, s *zset.Set, p zset.Pos, withScores bool) {
	if withScores && c.Out.Proto() > 2 {
		c.Out.Array(2)
	}
	c.Out.Bulk(s.Member(p))
	if withScores {
		c.Out.Double(s.Score(p))
	}
}

func zrangestore(c *engine.Call) {
	q := query{store: true}
	r, ok := q.parse(c, 2)
	if !ok {
		return
	}
	s, ok := view(c, c.Args[2])
	if !ok {
		return
	}
	b := zset.Build(c.DB.Store(), limits(c))
	sel := q.selects(&s, &r)
	add := b.AddInTurn
	if q.kind == byRank && int64(sel.n) > limits(c).Entries { // Redis knows then, and only then, how many there will be
		add = b.Add
	}
	for p := sel.first; sel.n > 0; sel.n-- {
		add(s.Member(p), s.Score(p))
		if sel.n > 1 {
			p = sel.next(&s, p)
		}
	}
	c.Out.Int(int64(store(c, c.Args[1], b, "zrangestore")))
}

// store makes what was built the value of a key, or deletes the key if that is empty, and returns the number of elements.
func store(c *engine.Call, key []byte, b *zset.Builder, event string) int {
	n := b.Len()
	had := c.DB.Delete(key)
	if b.Store(c.DB, key).Exists() {
		if !had {
			c.Notify(key, engine.NotifyNew, "new")
		}
		c.Modified(key, engine.NotifyZSet, event)
		if !had { // nobody is told of a value of another type that has become a sorted set, as in Redis
			c.Ready(key)
		}
	} else if had {
		c.Modified(key, engine.NotifyGeneric, "del")
	}
	return n
}
