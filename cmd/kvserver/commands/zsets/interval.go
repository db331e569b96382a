package zsets

import (
	"bytes"
	"errors"
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A kind says what the ends of an interval are.
type kind int

const (
	byRank kind = iota
	byScore
	byLex
)

// An interval is a range of elements: of ranks, which count from the end if they are negative, or between two bounds.
type interval struct {
	kind        kind
	first, last int64
	low, high   zset.Bound
}

// parse reads the two ends. It replies an error and returns false if they are not what kind wants.
func (r *interval) parse(c *engine.Call, kind kind, low, high []byte) bool {
	r.kind = kind
	var ok1, ok2 bool
	switch kind {
	case byScore:
		r.low, ok1 = scoreBound(low, false)
		r.high, ok2 = scoreBound(high, true)
		if !ok1 || !ok2 {
			c.Error("ERR min or max is not a float")
			return false
		}
	case byLex:
		r.low, ok1 = lexBound(low, false)
		r.high, ok2 = lexBound(high, true)
		if !ok1 || !ok2 {
			c.Error("ERR min or max not valid string range item")
			return false
		}
	default:
		r.first, ok1 = engine.ParseInt(low)
		r.last, ok2 = engine.ParseInt(high)
		if !ok1 || !ok2 {
			c.Error(engine.ErrNotInteger)
			return false
		}
	}
	return true
}

// ranks returns the ranks from <= rank < to that the interval covers, from == to if it is empty.
func (r *interval) ranks(s *zset.Set) (from, to int) {
	n := s.Len()
	if r.kind == byRank {
		return clip(r.first, r.last, n)
	}
	if n == 0 {
		return 0, 0
	}
	from, _ = s.Seek(r.low)
	to, _ = s.Seek(r.high)
	return from, max(from, to)
}

// clip turns the ends of a range, both included, into ranks of n elements.
func clip(first, last int64, n int) (from, to int) {
	if first < 0 {
		first = max(first+int64(n), 0)
	}
	if last < 0 {
		last += int64(n)
	}
	last = min(last, int64(n)-1)
	if first > last {
		return 0, 0
	}
	return int(first), int(last) + 1
}

// scoreBound parses a score, with a ( before it if it is not included.
func scoreBound(b []byte, high bool) (zset.Bound, bool) {
	open := len(b) > 0 && b[0] == '('
	if open {
		b = b[1:]
	}
	score, ok := parseBound(b)
	if high != open {
		return zset.AfterScore(score), ok
	}
	return zset.BeforeScore(score), ok
}

// parseBound parses a number as strtod(3) does: white space may precede it, nothing is 0, and too much is infinite.
func parseBound(b []byte) (float64, bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	if f, ok := engine.ParseFloat(b); ok {
		return f, true
	}
	f, err := strconv.ParseFloat(string(b), 64) // which returns what is infinite, too
	if err != nil && !errors.Is(err, strconv.ErrRange) || bytes.IndexByte(b, '_') >= 0 {
		return 0, false
	}
	return f, !math.IsNaN(f)
}

// parseScore parses a score or weight: engine.ParseFloat, but for numbers that are too small for a float64, which are
// errors here.
func parseScore(b []byte) (float64, bool) {
	f, ok := engine.ParseFloat(b)
	if f != 0 || !ok {
		return f, ok
	}
	for _, ch := range b { // a digit other than 0 before the exponent
		if ch == 'e' || ch == 'E' || ch == 'p' || ch == 'P' {
			break
		}
		if '1' <= ch && ch <= '9' || 'a' <= ch && ch <= 'f' || 'A' <= ch && ch <= 'F' {
			return 0, false
		}
	}
	return f, true
}

// lexBound parses a member with a [ or ( before it, or one of + and -.
func lexBound(b []byte, high bool) (zset.Bound, bool) {
	if len(b) == 0 {
		return zset.Bound{}, false
	}
	switch b[0] {
	case '-':
		return zset.Start(), len(b) == 1
	case '+':
		return zset.End(), len(b) == 1
	case '(', '[':
		if high == (b[0] == '[') {
			return zset.AfterMember(b[1:]), true
		}
		return zset.BeforeMember(b[1:]), true
	}
	return zset.Bound{}, false
}
