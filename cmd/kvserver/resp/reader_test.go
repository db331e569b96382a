package resp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func read(t *testing.T, in string) Value {
	t.Helper()
	r := NewReader(iotest.OneByteReader(strings.NewReader(in)))
	v, err := r.Read()
	if err != nil {
		t.Fatalf("%.80q: %v", in, err)
	}
	if v, err := r.Read(); err != io.EOF {
		t.Fatalf("%.80q: then %+v, %v", in, v, err)
	}
	return v
}

func TestReader(t *testing.T) {
	str := func(s string) Value { return Value{Kind: KindBulk, Str: []byte(s)} }
	num := func(s string, n int64) Value { return Value{Kind: KindInt, Int: n, Str: []byte(s)} }
	big := strings.Repeat("x", 200_000)
	for _, tt := range []struct {
		in   string
		want Value
	}{
		{"+OK\r\n", Value{Kind: KindSimple, Str: []byte("OK")}},
		{"-ERR no\r\n", Value{Kind: KindError, Str: []byte("ERR no")}},
		{":-7\r\n", num("-7", -7)},
		{"$5\r\na\r\nbc\r\n", str("a\r\nbc")},
		{"$200000\r\n" + big + "\r\n", str(big)},
		{"$-1\r\n", Value{Kind: KindBulk, Null: true}},
		{"*-1\r\n", Value{Kind: KindArray, Null: true}},
		{"_\r\n", Value{Kind: KindNull, Null: true, Str: []byte{}}},
		{"#t\r\n", Value{Kind: KindBool, Bool: true, Str: []byte("t")}},
		{"#f\r\n", Value{Kind: KindBool, Str: []byte("f")}},
		{",-inf\r\n", Value{Kind: KindDouble, Float: math.Inf(-1), Str: []byte("-inf")}},
		{",1.5e+300\r\n", Value{Kind: KindDouble, Float: 1.5e300, Str: []byte("1.5e+300")}},
		{"(-123456789012345678901234567890\r\n", Value{Kind: KindBigNumber, Str: []byte("-123456789012345678901234567890")}},
		{"=7\r\ntxt:a\nb\r\n", Value{Kind: KindVerbatim, Format: "txt", Str: []byte("a\nb")}},
		{"!5\r\nERR a\r\n", Value{Kind: KindBulkError, Str: []byte("ERR a")}},
		{"*2\r\n*0\r\n:1\r\n", Value{Kind: KindArray, Elems: []Value{{Kind: KindArray}, num("1", 1)}}},
		{"%1\r\n$1\r\na\r\n~1\r\n:2\r\n", Value{Kind: KindMap, Elems: []Value{str("a"), {Kind: KindSet, Elems: []Value{num("2", 2)}}}}},
		{">1\r\n$1\r\na\r\n", Value{Kind: KindPush, Elems: []Value{str("a")}}},
		{"|1\r\n$1\r\nk\r\n:9\r\n$1\r\na\r\n", Value{Kind: KindBulk, Str: []byte("a"), Attrs: []Value{str("k"), num("9", 9)}}},
	} {
		if got := read(t, tt.in); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%.80q: got %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, in := range []string{"x\r\n", "\r\n", "+a\n", "+a\rb\r\n", ":+1\r\n", ":\r\n", "$-2\r\n", "$1\r\nabc", "*-2\r\n", "%-1\r\n", "_x\r\n", "#x\r\n",
		",x\r\n", ",\r\n", "(1x\r\n", "(\r\n", "(-\r\n", "=3\r\nabc\r\n", "=4\r\nabcd\r\n", "*?\r\n", "*2\r\n+a\r\nb\r\n"} {
		r := NewReader(strings.NewReader(in))
		if v, err := r.Read(); !errors.Is(err, ErrReply) {
			t.Errorf("%q: %+v, %v", in, v, err)
		}
		if _, err := r.Read(); !errors.Is(err, ErrReply) {
			t.Errorf("%q: the error did not stay, then %v", in, err)
		}
	}
	for _, in := range []string{"+", "+a\r", "$1\r\n", "$1\r\na", "$1\r\na\r", "*1\r\n", "*1\r\n$1\r\n", "|0\r\n"} {
		if v, err := NewReader(strings.NewReader(in)).Read(); err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %+v, %v", in, v, err)
		}
	}
}

func TestReaderBounds(t *testing.T) {
	for _, in := range []string{"$1000\r\n", "*1000000000\r\n", "+" + strings.Repeat("a", 20_000), "*9\r\n" + strings.Repeat(":1\r\n", 9), strings.Repeat("|0\r\n", 100), "%4611686018427387904\r\n"} {
		r := NewReader(strings.NewReader(in))
		r.MaxDepth, r.MaxBytes = 8, 600
		if v, err := r.Read(); err != ErrReplyLimit {
			t.Errorf("%.40q: %+v, %v", in, v, err)
		}
	}
	for depth, want := range map[int]error{8: nil, 9: ErrReplyLimit} {
		r := NewReader(strings.NewReader(strings.Repeat("*1\r\n", depth) + ":1\r\n"))
		r.MaxDepth = 8
		if _, err := r.Read(); err != want {
			t.Errorf("depth %d: %v, want %v", depth, err, want)
		}
	}
}

// FuzzReader: whatever comes, reading it in pieces gives the same replies and the same error.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"+OK\r\n:1\r\n", "*2\r\n$1\r\na\r\n_\r\n", "%1\r\n#t\r\n,1.5\r\n", "|1\r\n+k\r\n(12\r\n=5\r\ntxt:a\r\n", "$-1\r\n*-1\r\n", "~1\r\n>1\r\n!3\r\nERR\r\n"} {
		f.Add([]byte(s))
	}
	all := func(src io.Reader) (got []Value, err error) {
		r := NewReader(src)
		r.MaxBytes = 4096
		for {
			v, err := r.Read()
			if err != nil {
				return got, err
			}
			got = append(got, v)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		want, werr := all(bytes.NewReader(in))
		got, gerr := all(iotest.OneByteReader(bytes.NewReader(in)))
		if len(got) != len(want) || werr.Error() != gerr.Error() {
			t.Fatalf("%q: whole %d replies, %v; in pieces %d, %v", in, len(want), werr, len(got), gerr)
		}
		for i := range got {
			if !equal(got[i], want[i]) {
				t.Fatalf("%q: whole %+v, in pieces %+v", in, want[i], got[i])
			}
		}
	})
}

// equal is reflect.DeepEqual for which NaN is like NaN.
func equal(a, b Value) bool {
	if a.Kind == KindDouble && math.IsNaN(a.Float) {
		return math.IsNaN(b.Float)
	}
	if len(a.Elems) != len(b.Elems) || len(a.Attrs) != len(b.Attrs) {
		return false
	}
	for i := range a.Elems {
		if !equal(a.Elems[i], b.Elems[i]) {
			return false
		}
	}
	for i := range a.Attrs {
		if !equal(a.Attrs[i], b.Attrs[i]) {
			return false
		}
	}
	a.Elems, b.Elems, a.Attrs, b.Attrs = nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}
