package dump

import (
	"fmt"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A listBuilder is a lists.Builder that is a value.
type listBuilder struct {
	b *lists.Builder
	n int
}

func newListBuilder(c *engine.Call) *listBuilder { return &listBuilder{b: lists.Build(c)} }

func (b *listBuilder) push(element []byte) error {
	b.b.Push(element)
	b.n++
	return nil
}

func (b *listBuilder) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	e, _ := b.b.Store(db, key)
	return e
}

func (b *listBuilder) Discard() { b.b.Drop() }

func (l *loader) list(b *listBuilder, t rdb.Type) error {
	n := 1
	if t != rdb.ListZiplist {
		var err error
		if n, err = l.d.ReadCount(1); err != nil {
			return err
		}
	}
	for range n {
		if err := l.node(b, t); err != nil {
			return err
		}
	}
	if b.n == 0 {
		return fmt.Errorf("empty list: %w", errData)
	}
	return nil
}

// node reads an element of a list, or several at once.
func (l *loader) node(b *listBuilder, t rdb.Type) error {
	plain := t == rdb.List
	if t == rdb.ListQuicklist2 {
		kind, err := l.d.ReadLen()
		if err != nil {
			return err
		}
		if kind != rdb.Plain && kind != rdb.Packed {
			return fmt.Errorf("node of kind %d: %w", kind, errData)
		}
		plain = kind == rdb.Plain
	}
	if plain {
		element, err := l.string()
		if err != nil {
			return err
		}
		return b.push(element)
	}
	lp, err := l.pack(t != rdb.ListQuicklist2, false)
	if err != nil {
		return err
	}
	return each(lp, b.push)
}

func (l *loader) set(b *set.Builder) error {
	n, err := l.d.ReadCount(1)
	if err != nil {
		return err
	}
	for range n {
		member, err := l.string()
		if err != nil {
			return err
		}
		if !b.Add(member) {
			return fmt.Errorf("member twice: %w", errData)
		}
	}
	return nil
}

// hash reads fields and values.
func (l *loader) hash(b *hash.Builder, t rdb.Type) error {
	add := func(field, value []byte) error {
		if !b.Add(field, value) {
			return fmt.Errorf("field twice: %w", errData)
		}
		return nil
	}
	if t != rdb.Hash {
		return l.pairs(t == rdb.HashZiplist, add)
	}
	n, err := l.d.ReadCount(2)
	if err != nil {
		return err
	}
	var field []byte // a copy, for the value may be read into the same memory
	for range n {
		b, err := l.string()
		if err != nil {
			return err
		}
		field = append(field[:0], b...)
		if b, err = l.string(); err != nil {
			return err
		}
		if err := add(field, b); err != nil {
			return err
		}
	}
	return nil
}

// pairs calls fn for the pairs of a listpack or ziplist.
func (l *loader) pairs(ziplist bool, fn func(a, b []byte) error) error {
	lp, err := l.pack(ziplist, true)
	if err != nil {
		return err
	}
	var digits [2][20]byte
	for off := listpack.First(lp); off >= 0; off = listpack.Next(lp, off) {
		a := bytesOf(listpack.Get(lp, off), &digits[0])
		off = listpack.Next(lp, off)
		if err := fn(a, bytesOf(listpack.Get(lp, off), &digits[1])); err != nil {
			return err
		}
	}
	return nil
}

func bytesOf(v listpack.Value, digits *[20]byte) []byte {
	if v.IsInt {
		return v.AppendTo(digits[:0])
	}
	return v.Str
}

// zset reads members and scores.
func (l *loader) zset(b *zset.Builder, t rdb.Type) error {
	add := func(member []byte, score float64) error {
		if b.Find(member) != 0 {
			return fmt.Errorf("member twice: %w", errData)
		}
		b.Add(member, score)
		return nil
	}
	if t == rdb.ZSetListpack || t == rdb.ZSetZiplist {
		return l.pairs(t == rdb.ZSetZiplist, func(member, text []byte) error {
			score, ok := engine.ParseFloat(text)
			if !ok {
				return fmt.Errorf("score %q: %w", text, errData)
			}
			return add(member, score)
		})
	}
	read := l.d.ReadDouble
	if t == rdb.ZSet {
		read = l.d.ReadOldDouble
	}
	n, err := l.d.ReadCount(2)
	if err != nil {
		return err
	}
	for range n {
		member, err := l.string()
		if err != nil {
			return err
		}
		score, err := read()
		if err != nil {
			return err
		}
		if err := add(member, score); err != nil {
			return err
		}
	}
	return nil
}
