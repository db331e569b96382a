//go:build !race && !catdebug

package resp

import (
	"strings"
	"testing"
)

// TestAllocations: nothing is allocated once the buffers are there.
func TestAllocations(t *testing.T) {
	get := "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000012345\r\n"
	value := strings.Repeat("v", 2000)
	set := "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2000\r\n" + value + "\r\n"
	for _, tt := range []struct {
		name   string
		pieces []string
	}{
		{"whole", []string{get}},
		{"pipeline", []string{strings.Repeat(get, 16)}},
		{"inline", []string{"SET k v\r\n"}},
		{"inline in quotes", []string{`SET k "v\n"` + "\r\n"}},
		{"split", []string{get[:30], get[30:]}},
		{"split in a header", []string{get[:14], get[14:15], get[15:]}},
		{"pipeline split", []string{strings.Repeat(get, 5) + set[:1448], set[1448:] + get}},
		{"inline split", []string{"SET ", "k v\r\n"}},
		{"bytewise", strings.Split(get, "")},
	} {
		var p Parser
		pieces := make([][]byte, len(tt.pieces))
		for i, s := range tt.pieces {
			pieces[i] = []byte(s)
		}
		n := 0
		round := func() {
			for _, b := range pieces {
				p.Feed(b)
				for {
					args, err := p.Next()
					if err != nil {
						t.Fatal(tt.name, err)
					}
					if args == nil {
						break
					}
					n++
				}
			}
		}
		for range 10 {
			round()
		}
		if got := testing.AllocsPerRun(100, round); got != 0 || n == 0 {
			t.Errorf("%s: %v allocations, %d commands", tt.name, got, n)
		}
	}
}

func TestWriterAllocations(t *testing.T) {
	value := []byte(strings.Repeat("v", 100))
	for _, proto := range []int{2, 3} {
		var w Writer
		w.SetProto(proto)
		got := testing.AllocsPerRun(100, func() {
			w.Reset()
			w.OK()
			w.Simple("PONG")
			w.Error("ERR no")
			m := w.Begin()
			w.Int(12345)
			w.Bulk(value)
			w.BulkString("abc")
			w.BulkInt(1 << 40)
			w.Double(0.1)
			w.EndArray(m, 5)
			m = w.Begin()
			w.Null()
			w.Bool(true)
			w.EndMap(m, 1)
			w.Verbatim("txt", "abc")
			w.BigNumber("123")
		})
		if got != 0 {
			t.Errorf("RESP%d: %v allocations", proto, got)
		}
	}
}
