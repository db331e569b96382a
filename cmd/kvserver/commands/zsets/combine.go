package zsets

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// An operation is what is made of several sources.
type operation int

const (
	union operation = iota
	inter
	diff
)

// combination is a command of this family, parsed.
type combination struct {
	op         operation
	store      bool
	card       bool // only the number of elements is wanted
	withScores bool
	limit      int64 // of card; 0: none
	aggregate  func(a, b float64) float64
	list       []source
}

// parse reads the arguments from the number of keys at argument at on. It replies an error and returns false if they are
// wrong.
func (m *combination) parse(c *engine.Call, at int) bool {
	n, ok := c.Int(at)
	if !ok {
		return false
	}
	if n < 1 {
		c.Error("ERR at least 1 input key is needed for '" + c.Cmd.FullName() + "' command")
		return false
	}
	if n > int64(len(c.Args)-at-1) {
		c.Syntax()
		return false
	}
	i := at + 1 + int(n)
	if m.list = sources(c, c.Args[at+1:i]); m.list == nil {
		return false
	}
	m.aggregate = sum
	for i < len(c.Args) {
		left := len(c.Args) - i - 1 // arguments of the option
		switch {
		case m.op != diff && !m.card && int64(left) >= n && c.Is(i, "weights"):
			for j := range m.list {
				if m.list[j].weight, ok = parseScore(c.Args[i+1+j]); !ok {
					c.Error("ERR weight value is not a float")
					return false
				}
			}
			i += 1 + int(n)
		case m.op != diff && !m.card && left >= 1 && c.Is(i, "aggregate"):
			switch {
			case c.Is(i+1, "sum"):
				m.aggregate = sum
			case c.Is(i+1, "min"):
				m.aggregate = smaller
			case c.Is(i+1, "max"):
				m.aggregate = larger
			default:
				c.Syntax()
				return false
			}
			i += 2
		case !m.store && !m.card && c.Is(i, "withscores"):
			m.withScores = true
			i++
		case m.card && left >= 1 && c.Is(i, "limit"):
			if m.limit, ok = engine.ParseInt(c.Args[i+1]); !ok || m.limit < 0 {
				c.Error("ERR LIMIT can't be negative")
				return false
			}
			i += 2
		default:
			c.Syntax()
			return false
		}
	}
	return true
}

func sum(a, b float64) float64 { return number(a + b) }

func smaller(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

func larger(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}

// number turns what is no number into 0: the sum of both infinities, and infinity times 0.
func number(f float64) float64 {
	if math.IsNaN(f) {
		return 0
	}
	return f
}

// build gathers the result.
func (m *combination) build(c *engine.Call) *zset.Builder {
	b := zset.Build(c.DB.Store(), limits(c))
	switch m.op {
	case union:
		m.union(b)
	case inter:
		m.inter(func(member []byte, score float64) bool {
			b.Add(member, score)
			return true
		})
	case diff:
		m.diff(b)
	}
	return b
}

func (m *combination) union(b *zset.Builder) {
	bySize(m.list)
	for i := range m.list {
		src := &m.list[i]
		src.all(func(member []byte, score float64) bool {
			score = number(score * src.weight)
			if p := b.Find(member); p == 0 {
				b.Add(member, score)
			} else {
				b.SetScore(p, m.aggregate(b.Score(p), score))
			}
			return true
		})
	}
}

// inter calls fn for all elements of the intersection until it returns false.
func (m *combination) inter(fn func(member []byte, score float64) bool) {
	bySize(m.list)
	first, rest := &m.list[0], m.list[1:]
	first.all(func(member []byte, score float64) bool {
		score = number(score * first.weight)
		for i := range rest {
			other, ok := rest[i].score(member)
			if !ok {
				return true
			}
			score = m.aggregate(score, other*rest[i].weight)
		}
		return fn(member, score)
	})
}

// diff looks up the first source's elements in the others, or removes the others' from them, whichever is less work.
func (m *combination) diff(b *zset.Builder) {
	first, rest := &m.list[0], m.list[1:]
	total := 0
	for i := range rest {
		total += rest[i].len
	}
	if first.len*len(rest) <= 2*total+first.len {
		first.all(func(member []byte, score float64) bool {
			for i := range rest {
				if _, ok := rest[i].score(member); ok {
					return true
				}
			}
			b.Add(member, score)
			return true
		})
		return
	}
	first.all(func(member []byte, score float64) bool {
		b.Add(member, score)
		return true
	})
	for i := range rest {
		rest[i].all(func(member []byte, _ float64) bool {
			if p := b.Find(member); p != 0 {
				b.Remove(p)
			}
			return b.Len() > 0
		})
	}
}

// combine is ZUNION, ZINTER and ZDIFF.
func combine(c *engine.Call, op operation) {
	m := combination{op: op}
	if !m.parse(c, 1) {
		return
	}
	b := m.build(c)
	s := b.Sort()
	beginPairs(c, s.Len(), m.withScores)
	for p := s.At(0); p != 0; p = s.Next(p) {
		pair(c, &s, p, m.withScores)
	}
	b.Discard()
}

// combineInto is ZUNIONSTORE, ZINTERSTORE and ZDIFFSTORE.
func combineInto(c *engine.Call, op operation) {
	m := combination{op: op, store: true}
	if !m.parse(c, 2) {
		return
	}
	event := [...]string{union: "zunionstore", inter: "zinterstore", diff: "zdiffstore"}[op]
	c.Out.Int(int64(store(c, c.Args[1], m.build(c), event)))
}

func zintercard(c *engine.Call) {
	m := combination{op: inter, card: true}
	if !m.parse(c, 1) {
		return
	}
	n := int64(0)
	m.inter(func([]byte, float64) bool {
		n++
		return m.limit == 0 || n < m.limit
	})
	c.Out.Int(n)
}
