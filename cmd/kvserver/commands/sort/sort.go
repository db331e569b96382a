package sort

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// maxResults bounds what many patterns can make of a long list.
const maxResults = 1 << 28

func run(c *engine.Call, write bool) {
	var o options
	if !o.parse(c, write) {
		return
	}
	e, _ := c.Read(c.Args[1], keyspace.Any)
	if e.Exists() {
		switch e.Type() {
		case keyspace.List, keyspace.Set, keyspace.ZSet:
		default:
			c.Error(engine.ErrWrongType)
			return
		}
		// The order of a set is none: what is stored has one that can be told.
		if o.unsorted && e.Type() == keyspace.Set && o.store != nil {
			o.unsorted, o.alpha, o.by = false, true, nil
		}
	}
	var s scratch
	items := load(e, &s, o.unsorted && o.desc)
	if !o.unsorted {
		if !o.weigh(c, &s, items) {
			c.Error("ERR One or more scores can't be converted into double")
			return
		}
		slices.SortFunc(items, o.compare)
	}
	from, to := o.window(len(items))
	if uint64(to-from)*uint64(len(o.get)) > maxResults {
		c.Error("ERR the result has too many elements")
		return
	}
	if o.store != nil {
		o.keep(c, &s, items[from:to])
		return
	}
	c.Out.Array((to - from) * max(len(o.get), 1))
	for _, it := range items[from:to] {
		if len(o.get) == 0 {
			c.Out.Bulk(it.element)
		}
		for i := range o.get {
			if v := o.get[i].lookup(c, &s, it.element); v != nil {
				c.Out.Bulk(v)
			} else {
				c.Out.Null()
			}
		}
	}
}

// weigh gives the elements their weights. It returns false if one is no number.
func (o *options) weigh(c *engine.Call, s *scratch, items []item) bool {
	for i := range items {
		it := &items[i]
		text := it.element
		if o.by != nil {
			if text = o.by.lookup(c, s, it.element); text == nil {
				continue // 0, or before all texts
			}
		}
		if o.alpha {
			it.text = text
			continue
		}
		var ok bool
		if it.number, ok = parseNumber(text); !ok {
			return false
		}
	}
	return true
}

// parseNumber parses a number as strtod(3) does, which takes white space before it, and nothing as 0.
// The text ends at a zero byte, and a number that is too small for full precision is refused.
func parseNumber(b []byte) (float64, bool) {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	f, ok := engine.ParseFloat(b)
	if ok && math.Abs(f) < 0x1p-1022 {
		return f, isZero(b)
	}
	return f, ok
}

// isZero reports whether a number is written with zeros only, whatever the exponent.
func isZero(b []byte) bool {
	exponent := "eE"
	if bytes.ContainsAny(b, "xX") {
		exponent = "pP"
	}
	if i := bytes.IndexAny(b, exponent); i >= 0 {
		b = b[:i]
	}
	return len(bytes.Trim(b, "+-.0xX")) == 0
}

// compare orders by weight, and elements of the same weight by themselves.
func (o *options) compare(a, b item) int {
	n := 0
	switch {
	case !o.alpha:
		if n = cmp.Compare(a.number, b.number); n == 0 {
			n = bytes.Compare(a.element, b.element)
		}
	case a.text == nil && b.text == nil:
	case a.text == nil:
		n = -1
	case b.text == nil:
		n = 1
	default:
		n = bytes.Compare(a.text, b.text)
	}
	if o.desc {
		return -n
	}
	return n
}

// keep stores the elements, or what the patterns name, as a list.
func (o *options) keep(c *engine.Call, s *scratch, items []item) {
	made := lists.Build(c)
	n := 0
	push := func(b []byte) {
		made.Push(b)
		n++
	}
	for _, it := range items {
		if len(o.get) == 0 {
			push(it.element)
		}
		for i := range o.get {
			push(o.get[i].lookup(c, s, it.element))
		}
	}
	existed := c.DB.Delete(o.store)
	if n == 0 {
		made.Drop()
		if existed {
			c.Modified(o.store, engine.NotifyGeneric, "del")
		}
		c.Out.Int(0)
		return
	}
	made.Store(c.DB, o.store)
	if !existed {
		c.Notify(o.store, engine.NotifyNew, "new")
		c.Ready(o.store) // who waits is not told of a value of another type that has become a list, as in Redis
	}
	c.Modified(o.store, engine.NotifyList, "sortstore")
	c.Dirty(n - 1)
	c.Out.Int(int64(n))
}
