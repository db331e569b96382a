package zsets

import (
	"fmt"
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

func zrandmember(c *engine.Call) {
	if len(c.Args) == 2 {
		s, ok := view(c, c.Args[1])
		switch p := s.Random(c.DB.Store()); {
		case !ok:
		case p == 0:
			c.Out.Null()
		default:
			c.Out.Bulk(s.Member(p))
		}
		return
	}
	n, ok := c.Int(2)
	if !ok {
		return
	}
	if n == math.MinInt64 {
		c.Error(fmt.Sprintf("ERR value is out of range, value must between %d and %d", -math.MaxInt64, math.MaxInt64))
		return
	}
	withScores := len(c.Args) == 4
	if len(c.Args) > 4 || withScores && !c.Is(3, "withscores") {
		c.Syntax()
		return
	}
	if withScores && (n < -math.MaxInt64/2 || n > math.MaxInt64/2) {
		c.Error(engine.ErrOutOfRange)
		return
	}
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	switch {
	case n == 0 || s.Len() == 0:
		c.Out.Array(0)
	case n < 0:
		repeated(c, &s, -n, withScores, replyMax)
	default:
		distinct(c, &s, int(min(n, int64(s.Len()))), withScores)
	}
}

// replyMax is about how many bytes are replied to a negative count, which may ask for any number of elements.
const replyMax = 256 << 20

// repeated replies n random elements, each of which may come again; or an error if that takes more than limit bytes.
func repeated(c *engine.Call, s *zset.Set, n int64, withScores bool, limit int) {
	start := c.Out.Len()
	beginPairs(c, int(n), withScores)
	for store := c.DB.Store(); n > 0; n-- {
		if c.Out.Len()-start > limit {
			c.Out.Truncate(start)
			c.Error(engine.ErrOutOfRange)
			return
		}
		pair(c, s, s.Random(store), withScores)
	}
}

// distinct replies n of the elements, each set of n with the same probability.
func distinct(c *engine.Call, s *zset.Set, n int, withScores bool) {
	beginPairs(c, n, withScores)
	length := s.Len()
	store := c.DB.Store()
	if n < length/4 && length > 64 { // few: draw ranks until there are n
		seen := make(map[zset.Pos]struct{}, n)
		for len(seen) < n {
			p := s.Random(store)
			if _, ok := seen[p]; !ok {
				seen[p] = struct{}{}
				pair(c, s, p, withScores)
			}
		}
		return
	}
	// Many: take each with the probability that fits what is left (Knuth, The Art of Computer Programming 2, 3.4.2 S).
	// All of them come in Redis's order, from the last to the first.
	left := length
	for p := s.At(length - 1); n > 0; p = s.Prev(p) {
		if store.Below(left) < n {
			pair(c, s, p, withScores)
			n--
		}
		left--
	}
}
