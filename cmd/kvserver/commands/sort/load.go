package sort

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// An item is an element and its weight.
type item struct {
	element []byte
	text    []byte  // ALPHA; nil: none
	number  float64 // else
}

// load returns the elements of an entry as views; those of a sorted set from the last one on if descending.
func load(e keyspace.Entry, s *scratch, descending bool) []item {
	if !e.Exists() {
		return nil
	}
	var items []item
	add := func(v listpack.Value) bool {
		b := v.Str
		if v.IsInt {
			var digits [20]byte
			b = s.keep(v.AppendTo(digits[:0]))
		}
		items = append(items, item{element: present(b)})
		return true
	}
	switch e.Type() {
	case keyspace.List:
		items = make([]item, 0, lists.Len(e))
		lists.Each(e, add)
	case keyspace.Set:
		items = make([]item, 0, set.Len(e))
		set.Each(e, add)
	case keyspace.ZSet:
		z := zset.View(e)
		items = make([]item, 0, z.Len())
		step, p := z.Next, z.At(0)
		if descending {
			step, p = z.Prev, z.At(z.Len()-1)
		}
		for ; p != 0; p = step(p) {
			items = append(items, item{element: present(s.keep(z.Member(p)))})
		}
	}
	return items
}
