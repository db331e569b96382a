// Package scan is what HSCAN and SSCAN have in common: the cursor, MATCH, COUNT and the reply.
//
// A call takes steps of the table until it has met COUNT elements, or ten times as many steps as that, for many buckets may
// be empty. MATCH chooses among what was met, so that a reply may be empty before the end. A value in compact form is one
// step, whatever COUNT says.
//
// In short: parse the cursor, open the value, Reply.
package scan

import (
	"bytes"
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// stepsPerElement bounds the steps of a call by its COUNT.
const stepsPerElement = 10

// defaultCount is COUNT if it is not given.
const defaultCount = 10

// Cursor parses argument i. It replies an error and returns false if that is no cursor.
func Cursor(c *engine.Call, i int) (uint64, bool) {
	cursor, ok := ParseCursor(c.Args[i])
	if !ok {
		c.Error("ERR invalid cursor")
	}
	return cursor, ok
}

// ParseCursor takes what strtoul(3) takes without spaces: a sign is allowed, nothing is 0, and a zero byte ends the text.
func ParseCursor(b []byte) (uint64, bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	negative := b[0] == '-'
	if negative || b[0] == '+' {
		b = b[1:]
	}
	n, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// Options are what follows the cursor.
type Options struct {
	Count   int64
	Pattern string // "*": everything
}

// ParseOptions parses the arguments from i on. It replies an error and returns false if they are wrong.
func ParseOptions(c *engine.Call, i int) (o Options, ok bool) {
	o.Count, o.Pattern = defaultCount, "*"
	for ; i < len(c.Args); i += 2 {
		switch {
		case i+1 < len(c.Args) && c.Is(i, "count"):
			if o.Count, ok = c.Int(i + 1); !ok {
				return o, false
			}
			if o.Count < 1 {
				c.Syntax()
				return o, false
			}
		case i+1 < len(c.Args) && c.Is(i, "match"):
			o.Pattern = string(c.Args[i+1])
		default:
			c.Syntax()
			return o, false
		}
	}
	return o, true
}

// An Emitter takes the elements of a step.
type Emitter struct {
	out      resp.Writer
	pattern  string
	met, put int
}

// Member takes a member of a set.
func (m *Emitter) Member(v listpack.Value) {
	m.met++
	if m.matches(v) {
		m.write(v)
	}
}

// Pair takes a field of a hash and its value; the field is matched.
func (m *Emitter) Pair(field, value listpack.Value) {
	m.met++
	if m.matches(field) {
		m.write(field)
		m.write(value)
	}
}

func (m *Emitter) matches(v listpack.Value) bool {
	if m.pattern == "*" {
		return true
	}
	if !v.IsInt {
		return engine.Match(m.pattern, v.Str)
	}
	var digits [20]byte
	return engine.Match(m.pattern, v.AppendTo(digits[:0]))
}

func (m *Emitter) write(v listpack.Value) {
	m.put++
	if v.IsInt {
		m.out.BulkInt(v.Int)
	} else {
		m.out.Bulk(v.Str)
	}
}

// Reply runs a call: step emits the elements of one step and returns the next cursor.
func Reply(c *engine.Call, cursor uint64, o Options, step func(cursor uint64, m *Emitter) uint64) {
	m := &Emitter{pattern: o.Pattern}
	steps := int64(math.MaxInt64)
	if o.Count < steps/stepsPerElement {
		steps = o.Count * stepsPerElement
	}
	for ; steps >= 0; steps-- {
		if cursor = step(cursor, m); cursor == 0 || int64(m.met) >= o.Count {
			break
		}
	}
	var digits [20]byte
	c.Out.Array(2)
	c.Out.Bulk(strconv.AppendUint(digits[:0], cursor, 10))
	c.Out.Array(m.put)
	c.Out.Raw(m.out.Bytes())
}

// Empty replies for a key that does not exist.
func Empty(c *engine.Call) {
	c.Out.Array(2)
	c.Out.BulkString("0")
	c.Out.Array(0)
}
