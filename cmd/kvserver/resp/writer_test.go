package resp

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
)

func written(proto int, f func(w *Writer)) string {
	var w Writer
	w.SetProto(proto)
	f(&w)
	return string(w.Bytes())
}

func TestWriter(t *testing.T) {
	for _, tt := range []struct {
		f            func(w *Writer)
		resp2, resp3 string // resp3 "" is as resp2
	}{
		{func(w *Writer) { w.OK() }, "+OK\r\n", ""},
		{func(w *Writer) { w.Simple("PONG") }, "+PONG\r\n", ""},
		{func(w *Writer) { w.Error("ERR syntax error") }, "-ERR syntax error\r\n", ""},
		{func(w *Writer) { w.Error("ERR 'a\r\nb'\r\n\n") }, "-ERR 'a  b'\r\n", ""},
		{func(w *Writer) { w.Error(errType('\n').Reply()) }, "-ERR Protocol error: expected '$', got ' '\r\n", ""},
		{func(w *Writer) { w.Int(0) }, ":0\r\n", ""},
		{func(w *Writer) { w.Int(10) }, ":10\r\n", ""},
		{func(w *Writer) { w.Int(-1) }, ":-1\r\n", ""},
		{func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ""},
		{func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", ""},
		{func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", ""},
		{func(w *Writer) { w.BulkString("0123456789") }, "$10\r\n0123456789\r\n", ""},
		{func(w *Writer) { w.BulkString(strings.Repeat("x", 100)) }, "$100\r\n" + strings.Repeat("x", 100) + "\r\n", ""},
		{func(w *Writer) { w.BulkInt(-123) }, "$4\r\n-123\r\n", ""},
		{func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{func(w *Writer) { w.Array(99) }, "*99\r\n", ""},
		{func(w *Writer) { w.Map(3) }, "*6\r\n", "%3\r\n"},
		{func(w *Writer) { w.Set(3) }, "*3\r\n", "~3\r\n"},
		{func(w *Writer) { w.Push(2) }, "*2\r\n", ">2\r\n"},
		{func(w *Writer) { w.Double(3.141) }, "$5\r\n3.141\r\n", ",3.141\r\n"},
		{func(w *Writer) { w.Bool(true); w.Bool(false) }, ":1\r\n:0\r\n", "#t\r\n#f\r\n"},
		{func(w *Writer) { w.BigNumber("1234567999999999999999999999999999999") },
			"$37\r\n1234567999999999999999999999999999999\r\n", "(1234567999999999999999999999999999999\r\n"},
		{func(w *Writer) { w.Verbatim("txt", "This is a verbatim\nstring") },
			"$25\r\nThis is a verbatim\nstring\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n"},
		{func(w *Writer) {
			if w.Attribute(1) {
				w.BulkString("key-popularity")
				w.Int(90)
			}
			w.OK()
		}, "+OK\r\n", "|1\r\n$14\r\nkey-popularity\r\n:90\r\n+OK\r\n"},
		{func(w *Writer) { w.Raw([]byte("+a\r\n")) }, "+a\r\n", ""},
		{func(w *Writer) {
			w.OK()
			m := w.Begin()
			w.Int(1)
			in := w.Begin()
			w.Int(2)
			w.EndSet(in, 1)
			w.EndArray(m, 2)
			w.EndMap(w.Begin(), 0)
			w.Truncate(w.Len())
		}, "+OK\r\n*2\r\n:1\r\n*1\r\n:2\r\n*0\r\n", "+OK\r\n*2\r\n:1\r\n~1\r\n:2\r\n%0\r\n"},
		{func(w *Writer) { n := w.Len(); w.OK(); w.Truncate(n); w.Int(1) }, ":1\r\n", ""},
	} {
		if tt.resp3 == "" {
			tt.resp3 = tt.resp2
		}
		if got := written(2, tt.f); got != tt.resp2 {
			t.Errorf("RESP2: got %q, want %q", got, tt.resp2)
		}
		if got := written(3, tt.f); got != tt.resp3 {
			t.Errorf("RESP3: got %q, want %q", got, tt.resp3)
		}
	}
}

// The texts are those of ZSCORE in redis-server 7.0.15.
func TestAppendDouble(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "3": "3", "-3": "-3", "2.5": "2.5", "100000": "100000",
		"0.1": "0.10000000000000001", "3.14159": "3.1415899999999999", "0.0001": "0.0001", "1e-5": "1.0000000000000001e-05",
		"-1.25e-7": "-1.2499999999999999e-07", "999999999999999": "999999999999999", "-999999999999999.5": "-999999999999999.5",
		"1e15": "1000000000000000", "1e16": "10000000000000000", "1e17": "1e+17", "1e21": "1e+21",
		"123456789012345678": "1.2345678901234568e+17", "1.5e300": "1.5000000000000001e+300",
		"1.7976931348623157e308": "1.7976931348623157e+308", "4.9e-324": "4.9406564584124654e-324",
		"inf": "inf", "-inf": "-inf", "nan": "nan", "-0": "-0",
	} {
		f, err := strconv.ParseFloat(in, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendDouble(nil, f)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestWriterSwap(t *testing.T) {
	var w Writer
	w.OK()
	spare := make([]byte, 3, 100)
	if b := w.Swap(spare); string(b) != "+OK\r\n" || w.Len() != 0 || w.Cap() != 100 {
		t.Fatalf("swapped %q for %d of %d bytes", b, w.Len(), w.Cap())
	}
	w.Int(7)
	if string(spare[:4]) != ":7\r\n" {
		t.Errorf("the buffer swapped in holds %q", spare[:4])
	}
	if w.Swap(nil); w.Cap() != 0 {
		t.Errorf("%d bytes after a swap for nil", w.Cap())
	}
}

// TestWriterGrow: a large value takes what it needs, many of them do not copy the buffer each time.
func TestWriterGrow(t *testing.T) {
	var w Writer
	big := make([]byte, 1<<20)
	w.OK()
	w.Bulk(big)
	if c := w.Cap(); c > len(big)+64 {
		t.Errorf("%d bytes of buffer for a value of %d", c, len(big))
	}
	grown, last := 0, 0
	w = Writer{}
	for range 64 {
		w.Bulk(big)
		if w.Cap() != last {
			grown++
			last = w.Cap()
		}
	}
	if grown > 8 || w.Cap() > 3*w.Len() {
		t.Errorf("grown %d times to %d bytes for %d", grown, w.Cap(), w.Len())
	}
}

// TestReadWritten: a Reader understands all that a Writer writes.
func TestReadWritten(t *testing.T) {
	for _, proto := range []int{2, 3} {
		out := written(proto, func(w *Writer) {
			if w.Proto() != proto {
				t.Errorf("protocol %d", w.Proto())
			}
			w.Map(2)
			w.Simple("a")
			w.Double(math.Inf(1))
			w.BigNumber("-5")
			w.Set(2)
			w.Null()
			w.Verbatim("txt", "")
			w.Push(3)
			w.Bool(true)
			w.NullArray()
			w.Error("ERR")
		})
		r := NewReader(bytes.NewBufferString(out))
		for _, n := range []int{4, 3} {
			v, err := r.Read()
			if err != nil || len(v.Elems) != n {
				t.Errorf("RESP%d: %+v, %v", proto, v, err)
			}
		}
	}
}
