package lists

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

// lpos replies the index of elements that match: one, or with COUNT an array of them.
func lpos(c *engine.Call) {
	rank, count, limit := int64(1), int64(-1), int64(0)
	for i := 3; i < len(c.Args); i += 2 {
		if i+1 >= len(c.Args) {
			c.Syntax()
			return
		}
		switch {
		case c.Is(i, "rank"):
			n, ok := c.Int(i + 1)
			switch {
			case !ok:
				return
			case n == 0:
				c.Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list")
				return
			}
			rank = n
		case c.Is(i, "count"):
			n, ok := engine.ParseInt(c.Args[i+1])
			if !ok || n < 0 {
				c.Error("ERR COUNT can't be negative")
				return
			}
			count = n
		case c.Is(i, "maxlen"):
			n, ok := engine.ParseInt(c.Args[i+1])
			if !ok || n < 0 {
				c.Error("ERR MAXLEN can't be negative")
				return
			}
			limit = n
		default:
			c.Syntax()
			return
		}
	}
	head := rank > 0
	if !head {
		rank = -rank // the least is its own negative, and then every match counts, as in Redis
	}
	h, ok := read(c, c.Args[1])
	if !ok {
		return
	}
	mark, found := c.Out.Begin(), 0
	if h.list != nil {
		matches := int64(0)
		h.list.Find(c.Args[2], head, int(min(limit, int64(h.list.Len()))), func(index int) bool {
			if matches++; matches < rank {
				return true
			}
			c.Out.Int(int64(index))
			found++
			return count == 0 || int64(found) < count
		})
	}
	switch {
	case count >= 0:
		c.Out.EndArray(mark, found)
	case found == 0:
		c.Out.Null()
	}
}
