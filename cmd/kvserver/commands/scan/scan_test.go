package scan

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

func TestParseCursor(t *testing.T) {
	for _, tt := range []struct {
		text string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"", 0, true}, {"00", 0, true}, {"+5", 5, true}, {"-1", 1<<64 - 1, true}, {"18446744073709551615", 1<<64 - 1, true},
		{"18446744073709551616", 0, false}, {" 1", 0, false}, {"1 ", 0, false}, {"0x1", 0, false}, {"-", 0, false}, {"+-1", 0, false},
		{"1_0", 0, false}, {"x", 0, false},
	} {
		if got, ok := ParseCursor([]byte(tt.text)); got != tt.want || ok != tt.ok {
			t.Errorf("%q: %d, %v", tt.text, got, ok)
		}
	}
}

// TestReply counts the steps of a call over a table whose every other bucket is empty, and over one of empty buckets alone.
func TestReply(t *testing.T) {
	var steps uint64
	var empty bool
	d := enginetest.New(t, []engine.Command{{Name: "test", Arity: -2, Run: func(c *engine.Call) {
		steps = 0
		cursor, ok := Cursor(c, 1)
		if !ok {
			return
		}
		if o, ok := ParseOptions(c, 2); ok {
			Reply(c, cursor, o, func(cursor uint64, m *Emitter) uint64 {
				if steps++; cursor%2 == 0 && !empty {
					m.Member(listpack.IntValue(int64(cursor)))
				}
				return (cursor + 1) % 1000
			})
		}
	}}})
	for _, tt := range []struct {
		args, want string
		steps      uint64
	}{
		{"0 count 2", `["3", ["0", "2"]]`, 3},
		{"3 count 1", `["5", ["4"]]`, 2},
		{"998", `["0", ["998"]]`, 2},
		{"0 match 4 count 3", `["5", ["4"]]`, 5},
		{"0 match none", `["19", []]`, 19},
	} {
		if d.Want("test "+tt.args, tt.want); steps != tt.steps {
			t.Errorf("%s: %d steps, want %d", tt.args, steps, tt.steps)
		}
	}
	d.Want("test 0 match", "-ERR syntax error")
	empty = true
	for _, count := range []string{"1", "9"} {
		var n uint64
		if _, err := fmt.Sscanf(d.Line("test 0 count "+count), "[\"%d\", []]", &n); err != nil || n < 10 || n > 100 {
			t.Errorf("count %s: stopped at %d, %v", count, n, err)
		}
	}
	d.Want("test 0 count 9223372036854775807", `["0", []]`)
}
