package rdb

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/intset"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// encode writes an object as a type of its kind.
func encode(e *Encoder, typ Type, o object) {
	e.WriteType(typ)
	switch typ {
	case String:
		e.WriteString([]byte(o.elems[0]))
	case List, Set:
		e.WriteLen(uint64(len(o.elems)))
		for _, s := range o.elems {
			e.WriteString([]byte(s))
		}
	case Hash, ZSet, ZSet2:
		e.WriteLen(uint64(len(o.elems) / 2))
		for i, s := range o.elems {
			switch {
			case typ == Hash || i%2 == 0:
				e.WriteString([]byte(s))
			case typ == ZSet:
				writeOldDouble(e, s)
			default:
				e.WriteDouble(number(s))
			}
		}
	case SetIntset:
		is := intset.New(nil)
		for _, s := range o.elems {
			v, _ := listpack.ParseInt([]byte(s))
			is, _ = intset.Add(is, v)
		}
		e.WriteString(is)
	case HashListpack, ZSetListpack:
		e.WriteString(pack(o.elems))
	case HashZiplist, ZSetZiplist, ListZiplist:
		e.WriteString(zip(o.elems))
	case ListQuicklist, ListQuicklist2:
		e.WriteLen(uint64((len(o.elems) + 6) / 7))
		for elems := o.elems; len(elems) > 0; {
			n := min(7, len(elems))
			switch {
			case typ == ListQuicklist:
				e.WriteString(zip(elems[:n]))
			case n == 1 && elems[0] != "":
				e.WriteLen(Plain)
				e.WriteString([]byte(elems[0]))
			default:
				e.WriteLen(Packed)
				e.WriteString(pack(elems[:n]))
			}
			elems = elems[n:]
		}
	}
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return f
}

func pack(elems []string) []byte {
	lp := listpack.New(nil)
	for _, s := range elems {
		lp = listpack.Append(lp, []byte(s))
	}
	return lp
}

// writeOldDouble writes what versions before 3.2 did, and an Encoder does not.
func writeOldDouble(e *Encoder, s string) {
	switch f := number(s); {
	case math.IsInf(f, 1):
		e.b = append(e.b, 254)
	case math.IsInf(f, -1):
		e.b = append(e.b, 255)
	default:
		e.b = append(append(e.b, byte(len(s))), s...)
	}
}

// zip makes a ziplist.
func zip(elems []string) []byte {
	zl := make([]byte, zipHeaderLen)
	last, before := zipHeaderLen, 0
	for _, s := range elems {
		start := len(zl)
		if before < 254 {
			zl = append(zl, byte(before))
		} else {
			zl = binary.LittleEndian.AppendUint32(append(zl, 0xFE), uint32(before))
		}
		v, isInt := listpack.ParseInt([]byte(s))
		u := binary.LittleEndian.AppendUint64(nil, uint64(v))
		switch {
		case isInt && v >= 0 && v <= 12:
			zl = append(zl, 0xF1+byte(v))
		case isInt && v == int64(int8(v)):
			zl = append(append(zl, 0xFE), u[:1]...)
		case isInt && v == int64(int16(v)):
			zl = append(append(zl, 0xC0), u[:2]...)
		case isInt && v == v<<40>>40:
			zl = append(append(zl, 0xF0), u[:3]...)
		case isInt && v == int64(int32(v)):
			zl = append(append(zl, 0xD0), u[:4]...)
		case isInt:
			zl = append(append(zl, 0xE0), u...)
		case len(s) < 1<<6:
			zl = append(append(zl, byte(len(s))), s...)
		case len(s) < 1<<14:
			zl = append(append(zl, 0x40|byte(len(s)>>8), byte(len(s))), s...)
		default:
			zl = append(binary.BigEndian.AppendUint32(append(zl, 0x80), uint32(len(s))), s...)
		}
		last, before = start, len(zl)-start
	}
	zl = append(zl, zipEnd)
	binary.LittleEndian.PutUint32(zl, uint32(len(zl)))
	binary.LittleEndian.PutUint32(zl[4:], uint32(last))
	binary.LittleEndian.PutUint16(zl[8:], uint16(len(elems)))
	return zl
}

// typesOf lists the types of each kind.
var typesOf = map[string][]Type{
	"string": {String},
	"list":   {List, ListZiplist, ListQuicklist, ListQuicklist2},
	"set":    {Set},
	"hash":   {Hash, HashZiplist, HashListpack},
	"zset":   {ZSet, ZSet2, ZSetZiplist, ZSetListpack},
}

func randomObject(rnd *rand.Rand, kind string) object {
	n := 1 + rnd.IntN(20)
	if rnd.IntN(4) == 0 {
		n = 1 + rnd.IntN(500)
	}
	o := object{kind: kind}
	m := map[string]string{}
	for range n {
		s := randomString(rnd)
		switch kind {
		case "string":
			return object{kind, []string{s}}
		case "list":
			o.elems = append(o.elems, s)
		case "hash":
			m[s] = randomString(rnd)
		default:
			m[s] = formatScore([]float64{float64(rnd.IntN(1000)), rnd.NormFloat64(), math.Inf(1), math.Inf(-1), 1e300}[rnd.IntN(5)])
		}
	}
	if kind == "set" {
		for i, s := range pairs(kind, m).elems {
			if i%2 == 0 {
				o.elems = append(o.elems, s)
			}
		}
		return o
	}
	if kind != "list" {
		return pairs(kind, m)
	}
	return o
}

func randomIntegers(rnd *rand.Rand) object {
	m := map[string]string{}
	for range 1 + rnd.IntN(300) {
		m[strconv.FormatInt(int64(rnd.Uint64())>>rnd.UintN(64), 10)] = ""
	}
	o := object{kind: "set"}
	for i, s := range pairs("", m).elems {
		if i%2 == 0 {
			o.elems = append(o.elems, s)
		}
	}
	return o
}

// What an Encoder writes is read by a Decoder and restored by redis-server, and both find the same in it.
func TestRestores(t *testing.T) {
	c, ctx := startRedis(t), t.Context()
	rnd := rand.New(rand.NewPCG(5, 6))
	var e Encoder
	for i := range 25 {
		for kind, types := range typesOf {
			o := randomObject(rnd, kind)
			for _, typ := range append(types, SetIntset) {
				if typ == SetIntset {
					if kind != "set" {
						continue
					}
					o = randomIntegers(rnd)
				}
				e.NoCompression = i%3 == 2
				e.Reset(nil)
				encode(&e, typ, o)
				payload := e.Finish()
				d, err := Open(payload, 1<<20)
				if err != nil {
					t.Fatal(err)
				}
				if got, _, err := decode(&d); err != nil || !got.equal(o) || d.Left() != 0 {
					t.Fatalf("type %d: %v: %.200q, want %.200q", typ, err, got, o)
				}
				if err := c.RestoreReplace(ctx, "key", 0, string(payload)).Err(); err != nil {
					t.Fatalf("restore type %d, %.200q as %.200x: %v", typ, o, payload, err)
				}
				if got, err := look(ctx, c, "key"); err != nil || !got.equal(o) {
					t.Fatalf("type %d: %v: redis-server has %.200q, want %.200q", typ, err, got, o)
				}
			}
		}
	}
	// Its own checks are on: what is not right is refused.
	if err := c.RestoreReplace(ctx, "key", 0, "\x00\x01a\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00").Err(); err == nil {
		t.Error("redis-server restores anything")
	}
}

// What is accepted of damaged payloads here, redis-server accepts too, and finds the same in it. The other way round that is
// not so: it reads strings that reach into the footer, and scores with anything behind the number.
func TestDamaged(t *testing.T) {
	c, ctx := startRedis(t), t.Context()
	rnd := rand.New(rand.NewPCG(8, 9))
	accepted, refused := 0, 0
	for i := range 2000 {
		kind := slices.Sorted(maps.Keys(typesOf))[i%len(typesOf)]
		o, typ := randomObject(rnd, kind), typesOf[kind][rnd.IntN(len(typesOf[kind]))]
		if kind == "set" && rnd.IntN(2) == 0 {
			o, typ = randomIntegers(rnd), SetIntset
		}
		o.elems = o.elems[:min(len(o.elems), 12)]
		e := Encoder{NoCompression: rnd.IntN(2) == 0}
		encode(&e, typ, o)
		b := e.b
		for range 1 + rnd.IntN(2) {
			at := 1 + rnd.IntN(len(b)-1)
			if rnd.IntN(2) == 0 { // where most lengths are
				at = 1 + rnd.IntN(min(30, len(b)-1))
			}
			b[at] = []byte{b[at] + 1, b[at] - 1, b[at] ^ 0x80, byte(rnd.Uint32()), 0, 0xFF}[rnd.IntN(6)]
		}
		payload := sealed(b, Version)
		d, err := Open(payload, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := decode(&d)
		restored := c.RestoreReplace(ctx, "key", 0, string(payload)).Err()
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrTooLong) {
				t.Fatalf("type %d, %x: %v", typ, b, err)
			}
			refused++
			continue
		}
		accepted++
		if restored != nil {
			t.Fatalf("type %d, %x: read as %.300q, but redis-server says %v", typ, b, got, restored)
		}
		if theirs, err := look(ctx, c, "key"); err != nil || !theirs.equal(got) {
			t.Fatalf("type %d, %x: read as %.300q, redis-server has %.300q (%v)", typ, b, got, theirs, err)
		}
	}
	if accepted < 500 || refused < 500 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}
