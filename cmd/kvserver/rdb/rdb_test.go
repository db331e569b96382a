package rdb

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestCRC(t *testing.T) {
	if got := crc([]byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("%x", got)
	}
	if got := crc(nil); got != 0 {
		t.Errorf("of nothing: %x", got)
	}
}

func TestOpen(t *testing.T) {
	hello := payloadOf(String, "hello")
	// What redis-server 7.0.15 dumps.
	if want := "\x00\x05hello\n\x00cr\xdfve4 \n"; string(hello) != want {
		t.Errorf("payload %x, want %x", hello, want)
	}
	if _, err := Open(hello, 10); err != nil {
		t.Error(err)
	}
	for i := range hello {
		for bit := range 8 {
			bad := bytes.Clone(hello)
			bad[i] ^= 1 << bit
			if err := Verify(bad); !errors.Is(err, ErrChecksum) && !errors.Is(err, ErrVersion) {
				t.Errorf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	for n := range hello {
		if _, err := Open(hello[:n], 10); err == nil {
			t.Errorf("%d bytes are enough", n)
		}
	}
	var e Encoder
	e.WriteType(String)
	e.WriteString([]byte("hello"))
	newer := sealed(e.b, Version+1)
	if err := Verify(newer); !errors.Is(err, ErrVersion) {
		t.Errorf("newer version: %v", err)
	}
	if err := Verify(sealed(e.b, 6)); err != nil {
		t.Errorf("older version: %v", err)
	}
}

// sealed is a value with a footer of a version.
func sealed(value []byte, version byte) []byte {
	b := append(bytes.Clone(value), version, 0)
	sum := crc(b)
	for range 8 {
		b = append(b, byte(sum))
		sum >>= 8
	}
	return b
}

func payloadOf(typ Type, elems ...string) []byte {
	var e Encoder
	encode(&e, typ, object{"", elems})
	return e.Finish()
}

func TestReset(t *testing.T) {
	var e Encoder
	e.Reset([]byte("head"))
	encode(&e, String, object{"", []string{"hello"}})
	if got, want := e.Finish(), append([]byte("head"), payloadOf(String, "hello")...); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestLen(t *testing.T) {
	for _, tt := range []struct {
		n    uint64
		want string
	}{
		{0, "\x00"}, {63, "\x3f"}, {64, "\x40\x40"}, {16383, "\x7f\xff"}, {16384, "\x80\x00\x00\x40\x00"},
		{math.MaxUint32, "\x80\xff\xff\xff\xff"}, {1 << 32, "\x81\x00\x00\x00\x01\x00\x00\x00\x00"}, {math.MaxUint64, "\x81" + strings.Repeat("\xff", 8)},
	} {
		var e Encoder
		e.WriteLen(tt.n)
		if string(e.b) != tt.want {
			t.Errorf("%d: %x, want %x", tt.n, e.b, tt.want)
		}
		d := NewDecoder(e.b, 0)
		if n, err := d.ReadLen(); n != tt.n || err != nil || d.Left() != 0 {
			t.Errorf("%x: %d, %v", e.b, n, err)
		}
	}
}

func TestString(t *testing.T) {
	for _, tt := range []struct{ s, want string }{
		{"", "\x00"}, {"a", "\x01a"}, {"-128", "\xc0\x80"}, {"128", "\xc1\x80\x00"}, {"-32769", "\xc2\xff\x7f\xff\xff"},
		{"2147483648", "\x0a2147483648"}, {"007", "\x03007"}, {strings.Repeat("a", 20), "\x14" + strings.Repeat("a", 20)},
		{strings.Repeat("a", 21), "\xc3\x05\x15\x00a\xe0\x0b\x00"},
	} {
		var e Encoder
		e.WriteString([]byte(tt.s))
		if string(e.b) != tt.want {
			t.Errorf("%q: %x, want %x", tt.s, e.b, tt.want)
		}
		d := NewDecoder(e.b, 100)
		if s, err := d.ReadString(); string(s) != tt.s || err != nil {
			t.Errorf("%x: %q, %v", e.b, s, err)
		}
	}
	for _, v := range []int64{0, -129, 70000, math.MinInt64} {
		var a, b Encoder
		a.WriteInt(v)
		b.WriteString([]byte(strconv.FormatInt(v, 10)))
		if !bytes.Equal(a.b, b.b) {
			t.Errorf("%d: %x as a number, %x as a string", v, a.b, b.b)
		}
	}
}

// What is compressed is never longer than what is not.
func TestCompressionHelps(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	plain := Encoder{NoCompression: true}
	var e Encoder
	shorter := 0
	for range 3000 {
		s := make([]byte, rnd.IntN(300))
		if rnd.IntN(10) == 0 {
			s = make([]byte, 16300+rnd.IntN(200))
		}
		alphabet := 1 + rnd.IntN(20)
		for i := range s {
			s[i] = byte(rnd.IntN(alphabet))
		}
		e.Reset(nil)
		plain.Reset(nil)
		e.WriteString(s)
		plain.WriteString(s)
		if len(e.b) > len(plain.b) {
			t.Fatalf("%d bytes: %d compressed, %d not", len(s), len(e.b), len(plain.b))
		}
		if len(e.b) < len(plain.b) {
			shorter++
		}
		d := NewDecoder(e.b, len(s))
		if got, err := d.ReadString(); err != nil || !bytes.Equal(got, s) {
			t.Fatalf("%x: %v", s, err)
		}
	}
	if shorter < 500 {
		t.Errorf("%d strings were compressed", shorter)
	}
}

func TestDecoderRejects(t *testing.T) {
	str := func(d *Decoder) error { _, err := d.ReadString(); return err }
	count := func(d *Decoder) error { _, err := d.ReadCount(2); return err }
	length := func(d *Decoder) error { _, err := d.ReadLen(); return err }
	double := func(d *Decoder) error { _, err := d.ReadDouble(); return err }
	old := func(d *Decoder) error { _, err := d.ReadOldDouble(); return err }
	for name, tt := range map[string]struct {
		b    string
		read func(d *Decoder) error
		want error
	}{
		"no type":              {"", func(d *Decoder) error { _, err := d.ReadType(); return err }, ErrFormat},
		"no length":            {"", length, ErrFormat},
		"14-bit length":        {"\x40", length, ErrFormat},
		"32-bit length":        {"\x80\x00\x00\x00", length, ErrFormat},
		"64-bit length":        {"\x81\x00\x00\x00\x00", length, ErrFormat},
		"unknown length":       {"\x82", length, ErrFormat},
		"encoding as length":   {"\xc0\x01", length, ErrFormat},
		"unknown encoding":     {"\xc4\x01", str, ErrFormat},
		"string":               {"\x03ab", str, ErrFormat},
		"string over limit":    {"\x09abcdefghi", str, ErrTooLong},
		"huge string":          {"\x81\xff\xff\xff\xff\xff\xff\xff\xff", str, ErrTooLong},
		"integer":              {"\xc2\x01\x01\x01", str, ErrFormat},
		"LZF header":           {"\xc3\x05", str, ErrFormat},
		"LZF length":           {"\xc3\xc3\x05", str, ErrFormat},
		"LZF over limit":       {"\xc3\x05\x15\x00a\xe0\x0b\x00", str, ErrTooLong},
		"LZF missing":          {"\xc3\x05\x05\x00a", str, ErrFormat},
		"LZF expands too much": {"\xc3\x00\x01", str, ErrFormat},
		"LZF wrong":            {"\xc3\x03\x05\x00a\xe0", str, ErrFormat},
		"count of nothing":     {"\x00", count, ErrFormat},
		"count too high":       {"\x02abc", count, ErrFormat},
		"count far too high":   {"\x81\xff\xff\xff\xff\xff\xff\xff\xff", count, ErrFormat},
		"short double":         {"1234567", double, ErrFormat},
		"NaN":                  {"\x01\x00\x00\x00\x00\x00\xf0\x7f", double, ErrFormat},
		"old NaN":              {"\xfd", old, ErrFormat},
		"old nan":              {"\x03nan", old, ErrFormat},
		"old double":           {"\x0312", old, ErrFormat},
		"old double x":         {"\x0312x", old, ErrFormat},
	} {
		d := NewDecoder([]byte(tt.b), 8)
		if err := tt.read(&d); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	// What is just allowed.
	d := NewDecoder([]byte("\x02abcd\x08abcdefgh\x081.5e+300"), 8)
	n, err := d.ReadCount(2)
	if n != 2 || err != nil {
		t.Error(n, err)
	}
	d = NewDecoder([]byte("\x08abcdefgh\x071.5e300\xff"), 8)
	if s, err := d.ReadString(); string(s) != "abcdefgh" || err != nil {
		t.Error(s, err)
	}
	if f, err := d.ReadOldDouble(); f != 1.5e300 || err != nil {
		t.Error(f, err)
	}
	if f, err := d.ReadOldDouble(); !math.IsInf(f, -1) || err != nil {
		t.Error(f, err)
	}
}

// A payload of any bytes gives an error or an object, which survives being written again.
func FuzzDecoder(f *testing.F) {
	rnd := rand.New(rand.NewPCG(7, 7))
	for kind, types := range typesOf {
		for _, typ := range types {
			o := randomObject(rnd, kind)
			if len(o.elems) > 10 {
				o.elems = o.elems[:10]
			}
			f.Add(payloadOf(typ, o.elems...)[:20])
			f.Add(payloadOf(typ, o.elems...))
		}
	}
	f.Add([]byte("\x00\xc3\x05\x15\x00a\xe0\x0b\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := NewDecoder(b, 1<<16)
		o, typ, err := decode(&d)
		if err != nil {
			return
		}
		total := 0
		for _, s := range o.elems {
			total += len(s)
		}
		if total > maxExpansion*len(b) {
			t.Fatalf("%d bytes from %d", total, len(b))
		}
		to := map[string]Type{"string": String, "list": ListQuicklist2, "set": Set, "hash": HashListpack, "zset": ZSet2}[o.kind]
		if len(o.elems) == 0 {
			return
		}
		again, err := Open(payloadOf(to, o.elems...), math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := decode(&again); err != nil || !got.equal(o) {
			t.Fatalf("type %d as %d: %v: %.200q, want %.200q", typ, to, err, got, o)
		}
	})
}

func TestAllocations(t *testing.T) {
	var e Encoder
	dst := make([]byte, 0, 4096)
	long, short := bytes.Repeat([]byte("0123456789"), 100), []byte("-12345")
	write := func() []byte {
		e.Reset(dst)
		e.WriteType(Set)
		e.WriteLen(2)
		e.WriteString(long)
		e.WriteString(short)
		return e.Finish()
	}
	if n := testing.AllocsPerRun(100, func() { write() }); n != 0 {
		t.Errorf("encoding: %v allocations", n)
	}
	payload := write()
	if n := testing.AllocsPerRun(100, func() {
		d, err := Open(payload, 4096)
		if err != nil {
			t.Error(err)
		}
		if typ, err := d.ReadType(); typ != Set || err != nil {
			t.Error(typ, err)
		}
		if n, err := d.ReadCount(1); n != 2 || err != nil {
			t.Error(n, err)
		}
		for _, want := range [][]byte{long, short} {
			if s, err := d.ReadString(); !bytes.Equal(s, want) || err != nil {
				t.Error(s, err)
			}
		}
	}); n != 1 { // for what comes out of LZF
		t.Errorf("decoding: %v allocations", n)
	}
}
