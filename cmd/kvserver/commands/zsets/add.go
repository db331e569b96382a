package zsets

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

const errNaN = "ERR resulting score is not a number (NaN)"

// addOptions are the options of ZADD.
type addOptions struct {
	nx, xx, gt, lt bool
	ch, incr       bool
}

// parse reads options from argument 2 on and returns where they end.
func (o *addOptions) parse(c *engine.Call) int {
	i := 2
	for ; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "nx"):
			o.nx = true
		case c.Is(i, "xx"):
			o.xx = true
		case c.Is(i, "gt"):
			o.gt = true
		case c.Is(i, "lt"):
			o.lt = true
		case c.Is(i, "ch"):
			o.ch = true
		case c.Is(i, "incr"):
			o.incr = true
		default:
			return i
		}
	}
	return i
}

// conflict returns what is wrong with options that exclude each other, or "".
func (o *addOptions) conflict(pairs int) string {
	switch {
	case o.nx && o.xx:
		return "ERR XX and NX options at the same time are not compatible"
	case o.gt && o.nx || o.lt && o.nx || o.gt && o.lt:
		return "ERR GT, LT, and/or NX options at the same time are not compatible"
	case o.incr && pairs > 1:
		return "ERR INCR option supports a single increment-element pair"
	}
	return ""
}

func zadd(c *engine.Call) {
	var o addOptions
	i := o.parse(c)
	n := len(c.Args) - i
	if n == 0 || n%2 != 0 {
		c.Syntax()
		return
	}
	if text := o.conflict(n / 2); text != "" {
		c.Error(text)
		return
	}
	add(c, &o, c.Args[i:])
}

func zincrby(c *engine.Call) {
	o := addOptions{incr: true}
	if o.parse(c) > 2 { // Redis sees options here too, and no pair behind them
		c.Syntax()
		return
	}
	add(c, &o, c.Args[2:])
}

// add adds pairs of score and member to the key at argument 1.
func add(c *engine.Call, o *addOptions, pairs [][]byte) {
	var few [16]float64
	scores := few[:0]
	for i := 0; i < len(pairs); i += 2 {
		f, ok := parseScore(pairs[i])
		if !ok {
			c.Error(engine.ErrNotFloat)
			return
		}
		scores = append(scores, f)
	}
	for i := 1; i < len(pairs); i += 2 {
		if len(pairs[i]) > zset.MaxMember { // which needs a larger proto-max-bulk-len than the default
			c.Error("ERR member is too large: it can have 1 GiB")
			return
		}
	}
	key := c.Args[1]
	s, ok := edit(c, key)
	if !ok {
		return
	}
	isNew := !s.Exists()
	var added, updated int
	var score float64
	done, failed := false, false // the one element of INCR was set; the sum is NaN
	for i, given := range scores {
		var what outcome
		what, score = o.apply(&s, pairs[2*i+1], given)
		switch what {
		case wasAdded:
			added++
		case wasUpdated:
			updated++
		case isNaN:
			failed = true
		}
		done = what != wasSkipped
		if failed {
			break
		}
	}
	if added+updated > 0 {
		event := "zadd"
		if o.incr {
			event = "zincr"
		}
		if isNew {
			c.Notify(key, engine.NotifyNew, "new")
			c.Ready(key) // nobody waits for one that exists
		}
		c.Modified(key, engine.NotifyZSet, event)
		c.Dirty(added + updated - 1)
	}
	switch {
	case failed:
		c.Error(errNaN)
	case o.incr && done:
		c.Out.Double(score)
	case o.incr:
		c.Out.Null()
	case o.ch:
		c.Out.Int(int64(added + updated))
	default:
		c.Out.Int(int64(added))
	}
}

// An outcome is what became of one element.
type outcome int

const (
	wasSkipped outcome = iota // the options do not allow it
	wasKept                   // it has that score already
	wasAdded
	wasUpdated
	isNaN
)

// apply adds or updates one element and returns its score.
func (o *addOptions) apply(s *zset.Set, member []byte, score float64) (outcome, float64) {
	p := s.Find(member)
	if p == 0 {
		if o.xx {
			return wasSkipped, 0
		}
		s.Insert(member, score)
		return wasAdded, score
	}
	if o.nx {
		return wasSkipped, 0
	}
	old := s.Score(p)
	if o.incr {
		score += old
		if math.IsNaN(score) {
			return isNaN, 0
		}
	}
	switch {
	case o.lt && score >= old, o.gt && score <= old:
		return wasSkipped, 0
	case score == old:
		return wasKept, score
	}
	s.SetScore(p, member, score)
	return wasUpdated, score
}
