package dump

import (
	"errors"
	"fmt"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/list"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A value has been built and is of no key yet. One of the two is to be called.
type value interface {
	// Store makes it the value of a key, which must not exist.
	Store(db *keyspace.DB, key []byte) keyspace.Entry
	Discard()
}

var errData = errors.New("bad data")

// maxExpanded bounds the bytes of all strings of a payload, which compression may make short: it is far more than the
// largest payload, and less than what the store keeps free for one command.
const maxExpanded = 2 << 30

// A loader reads one value.
type loader struct {
	c    *engine.Call
	d    rdb.Decoder
	left int    // bytes of strings that may still be read
	buf  []byte // for ziplists that are turned into listpacks
}

// load builds the value of a payload that rdb.Verify has found well.
func load(c *engine.Call, payload []byte) (value, error) {
	return loadWithin(c, payload, maxExpanded)
}

// loadWithin is load with a bound of the bytes of all strings.
func loadWithin(c *engine.Call, payload []byte, total int) (value, error) {
	limit := min(c.E.Config.ProtoMaxBulkLen, hash.MaxBytes, list.MaxElement)
	l := loader{c: c, left: total, d: rdb.NewDecoder(payload[:len(payload)-rdb.FooterLen], int(limit))}
	t, err := l.d.ReadType()
	if err != nil {
		return nil, err
	}
	v, err := l.load(t)
	switch {
	case err != nil:
		return nil, err
	case l.d.Left() > 0:
		v.Discard()
		return nil, errData
	}
	return v, nil
}

func (l *loader) load(t rdb.Type) (value, error) {
	switch t {
	case rdb.String:
		b, err := l.string()
		return text(append([]byte{}, b...)), err
	case rdb.SetIntset:
		return l.intset()
	case rdb.List, rdb.ListZiplist, rdb.ListQuicklist, rdb.ListQuicklist2:
		b := newListBuilder(l.c)
		return finish(b, l.list(b, t))
	case rdb.Set:
		b := set.Build(l.c.DB.Store(), sets.Limits(l.c))
		return finish(b, l.set(b))
	case rdb.Hash, rdb.HashZiplist, rdb.HashListpack:
		b := hash.Build(l.c.DB.Store(), hashes.Limits(l.c))
		return finish(b, l.hash(b, t))
	case rdb.ZSet, rdb.ZSet2, rdb.ZSetZiplist, rdb.ZSetListpack:
		cfg := l.c.E.Config
		b := zset.Build(l.c.DB.Store(), zset.Limits{Entries: cfg.ZSetMaxListpackEntries, Value: cfg.ZSetMaxListpackValue})
		return finish(b, l.zset(b, t))
	}
	return nil, fmt.Errorf("value of type %d: %w", t, errData)
}

// finish discards what was built if there was an error.
func finish(v value, err error) (value, error) {
	if err != nil {
		v.Discard()
		return nil, err
	}
	return v, nil
}

// string reads a string, which the next overwrites.
func (l *loader) string() ([]byte, error) {
	b, err := l.d.ReadString()
	if l.left -= len(b); err == nil && l.left < 0 {
		err = fmt.Errorf("more bytes than a value may have: %w", errData)
	}
	return b, err
}

// pack reads a listpack, or a ziplist, in a string.
func (l *loader) pack(ziplist, pairs bool) ([]byte, error) {
	b, err := l.string()
	if err == nil && ziplist {
		b, err = rdb.FromZiplist(l.buf[:0], b)
		l.buf = b
	}
	if err == nil && (!listpack.Valid(b, pairs) || pairs && listpack.First(b) < 0) {
		err = fmt.Errorf("listpack: %w", errData)
	}
	return b, err
}

// each calls fn for the elements of a listpack as strings, until it returns an error.
func each(lp []byte, fn func([]byte) error) error {
	var digits [20]byte
	for off := listpack.First(lp); off >= 0; off = listpack.Next(lp, off) {
		if err := fn(bytesOf(listpack.Get(lp, off), &digits)); err != nil {
			return err
		}
	}
	return nil
}

// A text is a string.
type text []byte

func (t text) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	return db.SetString(db.Peek(key), key, t, 0)
}

func (text) Discard() {}

// An ints is an intset that is to be a set.
type ints []byte

func (s ints) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	return db.Create(key, keyspace.Set, keyspace.Intset, s)
}

func (ints) Discard() {}

// intset reads a set of integers, which is made a set of another form if it has more than the limit.
func (l *loader) intset() (value, error) {
	b, err := l.string()
	if err != nil {
		return nil, err
	}
	if !intset.Valid(b) || intset.Len(b) == 0 {
		return nil, fmt.Errorf("intset: %w", errData)
	}
	limits := sets.Limits(l.c)
	if int64(intset.Len(b)) <= limits.Entries {
		return ints(append([]byte(nil), b...)), nil
	}
	s := set.Build(l.c.DB.Store(), limits)
	for i := range intset.Len(b) {
		s.AddValue(listpack.IntValue(intset.At(b, i)))
	}
	return s, nil
}
