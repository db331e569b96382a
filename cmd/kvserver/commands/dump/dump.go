package dump

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/list"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

func dump(c *engine.Call) {
	e, _ := c.Read(c.Args[1], keyspace.Any)
	if !e.Exists() {
		c.Out.Null()
		return
	}
	var enc rdb.Encoder
	encode(&enc, e)
	c.Out.Bulk(enc.Finish())
}

// Size returns the length of a value as DUMP writes it, without the type before it and the footer after it.
func Size(e keyspace.Entry) int {
	var enc rdb.Encoder
	encode(&enc, e)
	return len(enc.Finish()) - rdb.FooterLen - 1
}

// encode writes the value of an entry.
func encode(enc *rdb.Encoder, e keyspace.Entry) {
	switch e.Type() {
	case keyspace.String:
		enc.WriteType(rdb.String)
		if n, ok := e.Int(); ok {
			enc.WriteInt(n)
		} else {
			enc.WriteString(e.String(nil))
		}
	case keyspace.List:
		encodeList(enc, e)
	case keyspace.Set:
		encodeSet(enc, e)
	case keyspace.ZSet:
		encodeZSet(enc, e)
	case keyspace.Hash:
		if lp := e.Bytes(); lp != nil {
			enc.WriteType(rdb.HashListpack)
			enc.WriteString(lp)
			return
		}
		enc.WriteType(rdb.Hash)
		enc.WriteLen(uint64(hash.Len(e)))
		hash.Each(e, func(field, value listpack.Value) bool {
			writeValue(enc, field)
			writeValue(enc, value)
			return true
		})
	}
}

func writeValue(enc *rdb.Encoder, v listpack.Value) {
	if v.IsInt {
		enc.WriteInt(v.Int)
	} else {
		enc.WriteString(v.Str)
	}
}

func encodeList(enc *rdb.Encoder, e keyspace.Entry) {
	enc.WriteType(rdb.ListQuicklist2)
	l, ok := e.Object().(*list.List)
	if !ok {
		enc.WriteLen(1)
		enc.WriteLen(rdb.Packed)
		enc.WriteString(e.Bytes())
		return
	}
	enc.WriteLen(uint64(l.Nodes()))
	for i := range l.Nodes() {
		enc.WriteLen(rdb.Packed)
		enc.WriteString(l.Node(i))
	}
}

func encodeSet(enc *rdb.Encoder, e keyspace.Entry) {
	if e.Encoding() == keyspace.Intset {
		enc.WriteType(rdb.SetIntset)
		enc.WriteString(e.Bytes())
		return
	}
	enc.WriteType(rdb.Set)
	enc.WriteLen(uint64(set.Len(e)))
	set.Each(e, func(member listpack.Value) bool {
		writeValue(enc, member)
		return true
	})
}

// encodeZSet writes a large one from the last element to the first, as Redis does.
func encodeZSet(enc *rdb.Encoder, e keyspace.Entry) {
	if lp := e.Bytes(); lp != nil {
		enc.WriteType(rdb.ZSetListpack)
		enc.WriteString(lp)
		return
	}
	z := zset.View(e)
	enc.WriteType(rdb.ZSet2)
	enc.WriteLen(uint64(z.Len()))
	for p := z.At(z.Len() - 1); p != 0; p = z.Prev(p) {
		enc.WriteString(z.Member(p))
		enc.WriteDouble(z.Score(p))
	}
}
