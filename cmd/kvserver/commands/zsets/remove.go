package zsets

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

func zrem(c *engine.Call) {
	key := c.Args[1]
	s, ok := edit(c, key)
	if !ok {
		return
	}
	n := 0
	for _, member := range c.Args[2:] {
		if p := s.Find(member); p != 0 {
			n++
			s.Remove(p)
			if s.Len() == 0 {
				break
			}
		}
	}
	removed(c, key, &s, n, "zrem")
	c.Out.Int(int64(n))
}

// zremrange is ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX.
func zremrange(c *engine.Call, kind kind) {
	var r interval
	if !r.parse(c, kind, c.Args[2], c.Args[3]) {
		return
	}
	key := c.Args[1]
	s, ok := edit(c, key)
	if !ok {
		return
	}
	from, to := r.ranks(&s)
	if from < to {
		cut(&s, from, to)
		removed(c, key, &s, to-from, [...]string{byRank: "zremrangebyrank", byScore: "zremrangebyscore", byLex: "zremrangebylex"}[kind])
	}
	c.Out.Int(int64(to - from))
}
