package zsets

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

func zcard(c *engine.Call) {
	if s, ok := view(c, c.Args[1]); ok {
		c.Out.Int(int64(s.Len()))
	}
}

func zscore(c *engine.Call) {
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	if p := s.Find(c.Args[2]); p != 0 {
		c.Out.Double(s.Score(p))
	} else {
		c.Out.Null()
	}
}

func zmscore(c *engine.Call) {
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	members := c.Args[2:]
	c.Out.Array(len(members))
	for _, m := range members {
		if p := s.Find(m); p != 0 {
			c.Out.Double(s.Score(p))
		} else {
			c.Out.Null()
		}
	}
}

func zrank(c *engine.Call, reverse bool) {
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	p := s.Find(c.Args[2])
	if p == 0 {
		c.Out.Null()
		return
	}
	rank := s.Rank(p)
	if reverse {
		rank = s.Len() - 1 - rank
	}
	c.Out.Int(int64(rank))
}

// zcount is ZCOUNT and ZLEXCOUNT.
func zcount(c *engine.Call, kind kind) {
	var r interval
	if !r.parse(c, kind, c.Args[2], c.Args[3]) {
		return
	}
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	from, to := r.ranks(&s)
	c.Out.Int(int64(to - from))
}
