package strings

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

type lcsOptions struct {
	idx, len, withLen bool
	minLen            int64
}

func lcs(c *engine.Call) {
	a, okA := lcsString(c, c.Args[1])
	b, okB := lcsString(c, c.Args[2])
	if !okA || !okB {
		c.Error("ERR The specified keys must contain string values")
		return
	}
	var o lcsOptions
	if !o.parse(c) {
		return
	}
	if len(a) >= math.MaxUint32-1 || len(b) >= math.MaxUint32-1 {
		c.Error("ERR String too long for LCS")
		return
	}
	// The table that Redis makes has 4 bytes for each pair; it bounds the time, too.
	if int64(len(b)+1) > c.E.Config.ProtoMaxBulkLen/4/int64(len(a)+1) {
		c.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
		return
	}
	if o.len {
		n, _ := lcsTable(a, b, false)
		c.Out.Int(int64(n))
		return
	}
	n, up := lcsTable(a, b, true)
	if o.idx {
		o.reply(c, a, b, n, up)
		return
	}
	common := make([]byte, n)
	at := n
	lcsWalk(a, b, up, func(i, _ int) {
		at--
		common[at] = a[i]
	})
	c.Out.Bulk(common)
}

// lcsString returns the string of a key, or false if it holds something else. It is a view that ends with the next change,
// of which LCS makes none.
func lcsString(c *engine.Call, key []byte) ([]byte, bool) {
	e := c.DB.Read(key)
	switch {
	case !e.Exists():
		return nil, true
	case e.Type() != keyspace.String:
		return nil, false
	}
	return e.String(make([]byte, 0, 20)), true
}

func (o *lcsOptions) parse(c *engine.Call) bool {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "idx"):
			o.idx = true
		case c.Is(i, "len"):
			o.len = true
		case c.Is(i, "withmatchlen"):
			o.withLen = true
		case c.Is(i, "minmatchlen") && i+1 < len(c.Args):
			i++
			n, ok := c.Int(i)
			if !ok {
				return false
			}
			o.minLen = max(0, n)
		default:
			c.Syntax()
			return false
		}
	}
	if o.idx && o.len {
		c.Error("ERR If you want both the length and indexes, please just use IDX.")
		return false
	}
	return true
}

// lcsTable returns the length of the longest common subsequence. up has a bit for each pair (i, j), at i*len(b)+j, that says
// whether a[:i] and b[:j+1] have a longer one than a[:i+1] and b[:j], which is all that is needed to walk back.
func lcsTable(a, b []byte, walk bool) (n int, up []uint64) {
	if walk {
		up = make([]uint64, (len(a)*len(b)+63)/64)
	}
	row := make([]uint32, len(b)+1) // of a[:i+1], and to the right of j still of a[:i]
	for i, x := range a {
		var diagonal uint32 // a[:i] and b[:j]
		bit := i * len(b)
		for j, y := range b {
			above := row[j+1]
			left := row[j]
			best := max(left, above)
			if x == y {
				best = diagonal + 1
			} else if walk && above > left {
				up[(bit+j)/64] |= 1 << uint((bit+j)%64)
			}
			row[j+1] = best
			diagonal = above
		}
	}
	return int(row[len(b)]), up
}

// lcsWalk calls match for the pairs of the longest common subsequence, from its end to its beginning.
func lcsWalk(a, b []byte, up []uint64, match func(i, j int)) {
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0; {
		bit := i*len(b) + j
		switch {
		case a[i] == b[j]:
			match(i, j)
			i, j = i-1, j-1
		case up[bit/64]>>uint(bit%64)&1 != 0:
			i--
		default:
			j--
		}
	}
}

// reply writes the matches, each a range of a and one of b, and the length.
func (o *lcsOptions) reply(c *engine.Call, a, b []byte, n int, up []uint64) {
	c.Out.Map(2)
	c.Out.BulkString("matches")
	mark, matches := c.Out.Begin(), 0
	fromA, fromB, length := 0, 0, 0 // the run of pairs that is going on
	emit := func() {
		if length == 0 || int64(length) < o.minLen {
			return
		}
		matches++
		if o.withLen {
			c.Out.Array(3)
		} else {
			c.Out.Array(2)
		}
		for _, from := range [...]int{fromA, fromB} {
			c.Out.Array(2)
			c.Out.Int(int64(from))
			c.Out.Int(int64(from + length - 1))
		}
		if o.withLen {
			c.Out.Int(int64(length))
		}
	}
	lcsWalk(a, b, up, func(i, j int) {
		if length == 0 || i != fromA-1 || j != fromB-1 {
			emit()
			length = 0
		}
		fromA, fromB = i, j
		length++
	})
	emit()
	c.Out.EndArray(mark, matches)
	c.Out.BulkString("len")
	c.Out.Int(int64(n))
}
