package resp

import (
	"bytes"
	"fmt"
	"testing"
)

func TestAppendKeys(t *testing.T) {
	for _, c := range []struct{ in, keys string }{
		{"", "[]"},
		{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "[k]"},
		{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$2\r\nab\r\n$1\r\nv\r\n", "[k ab]"},
		{"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*2\r\n$3\r\nGET\r\n$5\r\nk\r\n", "[k]"},
		{"*0\r\n*-1\r\n", "[]"},
		{"*1000000\r\n$3\r\nGET\r\n$1\r\nk\r\n", "[]"},
		{"$3\r\nGET\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "[]"},
		{"GET k\r\n", "[]"},
		{"*2\r\n$3\r\nGET\r\n$999999999\r\nk\r\n", "[]"},
		{"*2\r\n$3\r\nGET\r\n:1\r\nk\r\n", "[]"},
	} {
		if got := fmt.Sprintf("%s", AppendKeys(nil, []byte(c.in), 8)); got != c.keys {
			t.Errorf("%q: %s, want %s", c.in, got, c.keys)
		}
	}
	many := bytes.Repeat([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), 20)
	if n := len(AppendKeys(make([][]byte, 3), many, 8)); n != 8 {
		t.Errorf("%d keys, want 8", n)
	}
}

// What it finds is what the Parser finds.
func FuzzAppendKeys(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*3\r\n$3\r\nSET\r\n$2\r\nab\r\n$1\r\nv\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		keys := AppendKeys(nil, b, 1000)
		var p Parser
		p.Feed(b)
		for len(keys) > 0 {
			args, err := p.Next()
			if err != nil || args == nil {
				t.Fatalf("%q: %d keys more than the parser finds (%v)", b, len(keys), err)
			}
			if len(args) == 1 {
				continue
			}
			if !bytes.Equal(args[1], keys[0]) {
				t.Fatalf("%q: key %q, the parser has %q", b, keys[0], args[1])
			}
			keys = keys[1:]
		}
	})
}
