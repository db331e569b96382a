package debug

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/hash"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/set"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

// A signature has the length of Redis's. It does not depend on how a value is represented, nor on an order that is none.
type signature [20]byte

// of returns the signature of parts, whose borders count.
func of(parts ...[]byte) (s signature) {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:]) // a hash returns no error
		h.Write(p)
	}
	copy(s[:], h.Sum(nil))
	return s
}

// join adds what has no order.
func (s *signature) join(other signature) {
	for i := range s {
		s[i] ^= other[i]
	}
}

func (s *signature) String() string { return hex.EncodeToString(s[:]) }

// ofValue returns the signature of a value and its expiry.
func ofValue(e keyspace.Entry) signature {
	var sum signature
	var a, b [20]byte
	switch e.Type() {
	case keyspace.String:
		sum = of(e.String(a[:0]))
	case keyspace.List:
		lists.Each(e, func(v listpack.Value) bool {
			sum = of(sum[:], element(v, &a))
			return true
		})
	case keyspace.Set:
		set.Each(e, func(v listpack.Value) bool {
			sum.join(of(element(v, &a)))
			return true
		})
	case keyspace.Hash:
		hash.Each(e, func(field, value listpack.Value) bool {
			sum.join(of(element(field, &a), element(value, &b)))
			return true
		})
	case keyspace.ZSet:
		z := zset.View(e)
		for p := z.At(0); p != 0; p = z.Next(p) {
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(z.Score(p)))
			sum.join(of(z.Member(p), b[:8]))
		}
	}
	at, _ := e.Expiry()
	binary.LittleEndian.PutUint64(a[:], uint64(at))
	return of([]byte(e.Type().String()), sum[:], a[:8])
}

func element(v listpack.Value, digits *[20]byte) []byte {
	if v.IsInt {
		return v.AppendTo(digits[:0])
	}
	return v.Str
}

func digestAll(c *engine.Call) {
	var sum signature
	for i := range c.E.Store.Databases() {
		c.E.Store.DB(i).All(func(e keyspace.Entry) bool {
			v := ofValue(e)
			sum.join(of([]byte{byte(i), byte(i >> 8), byte(i >> 16)}, e.Key(), v[:]))
			return true
		})
	}
	c.Out.Simple(sum.String())
}

func digestValues(c *engine.Call) {
	c.Out.Array(len(c.Args) - 2)
	for _, key := range c.Args[2:] {
		var sum signature
		if e := c.DB.Peek(key); e.Exists() {
			sum = ofValue(e)
		}
		c.Out.BulkString(sum.String())
	}
}
