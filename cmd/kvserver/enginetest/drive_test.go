package enginetest

import (
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

func TestReplies(t *testing.T) {
	d := New(t, []engine.Command{{Name: "say", Arity: -1, Run: func(c *engine.Call) { c.Out.Raw(c.Args[1]) }}})
	for _, c := range []struct{ raw, text string }{
		{"+OK\r\n", "+OK"},
		{"-ERR x y\r\n", "-ERR x y"},
		{"$3\r\na\r\n\r\n", `"a\r\n"`},
		{"$-1\r\n", "nil"},
		{"*-1\r\n", "nil-array"},
		{"*2\r\n:1\r\n*1\r\n_\r\n", "[:1, [_]]"},
		{"%1\r\n$1\r\na\r\n,1.5\r\n", `{"a": ,1.5}`},
		{"~1\r\n#t\r\n>0\r\n", "~[#t]\n>[]"},
		{"=5\r\ntxt:x\r\n", `txt"x"`},
	} {
		if got := d.Do("say", c.raw); got != c.text {
			t.Errorf("%q is shown as %s, want %s", c.raw, got, c.text)
		}
	}
	d.Want(`echo "a b"`, `"a b"`)
	for _, bad := range []string{"*2\r\n:1\r\n", "$5\r\nab\r\n", "+OK", "?1\r\n", "*x\r\n", "=1\r\nx\r\n"} {
		if text, err := Text([]byte(bad)); err == nil {
			t.Errorf("%q is shown as %s", bad, text)
		}
	}
}

// An argument that a command keeps as a view is overwritten after it.
func TestArgumentsAreLent(t *testing.T) {
	var kept []byte
	d := New(t, []engine.Command{{Name: "keep", Arity: 2, Run: func(c *engine.Call) { kept = c.Args[1]; c.Out.OK() }}})
	d.Want("keep abc", "+OK")
	if string(kept) == "abc" {
		t.Error("a view of an argument lasted")
	}
}

func TestUnordered(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		each int
		want string
	}{
		{"*3\r\n:3\r\n:1\r\n$1\r\nb\r\n", 1, `*3 "b", :1, :3`},
		{"*4\r\n:3\r\n:1\r\n:2\r\n:4\r\n", 2, "*4 :2 :4, :3 :1"},
		{"%1\r\n:3\r\n:1\r\n", 2, "%1 :3 :1"},
		{"~0\r\n", 1, "~0 "},
		{"+OK\r\n", 1, "+OK"},
	} {
		if got, err := Unordered([]byte(tt.raw), tt.each); err != nil || got != tt.want {
			t.Errorf("%q: %s, %v, want %s", tt.raw, got, err, tt.want)
		}
	}
	for _, raw := range []string{"*3\r\n:3\r\n", "*2\r\n$5\r\nab", "*2\r\n:1\r\n"} {
		if got, err := Unordered([]byte(raw), 2); err == nil {
			t.Errorf("%q: %s", raw, got)
		}
	}
}
