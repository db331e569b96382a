package conf

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// What the words are was taken from redis-server 7.0.15.
func TestParse(t *testing.T) {
	for _, tc := range []struct {
		text string
		want []Directive
	}{
		{"", nil},
		{"\n\n \t \r\n", nil},
		{"# a\n \t # b \"\n", nil},
		{"port 6379", []Directive{{"port", []string{"6379"}, 1}}},
		{"PORT 6379\r\n\r\n\tSave \"\"\r\n", []Directive{{"port", []string{"6379"}, 1}, {"save", []string{""}, 3}}},
		{"port 1\nport 2\n", []Directive{{"port", []string{"1"}, 1}, {"port", []string{"2"}, 2}}},
		{"port\n", []Directive{{"port", []string{}, 1}}},
		{"\"port\" 1\n", []Directive{{"port", []string{"1"}, 1}}},
		{"a\tb \vc \f d\re\n", []Directive{{"a", []string{"b", "c", "d", "e"}, 1}}},
		{"a b\vc\fd\v\n", []Directive{{"a", []string{"b\vc\fd\v"}, 1}}},
		{"a \"b\"\v'c'\fd\n", []Directive{{"a", []string{"b", "c", "d"}, 1}}},
		{"a b # c\n", []Directive{{"a", []string{"b", "#", "c"}, 1}}},
		{"a b#c #d\n", []Directive{{"a", []string{"b#c", "#d"}, 1}}},
		{"\v# a\n", []Directive{{"#", []string{"a"}, 1}}},
		{`a "b c" 'd e' ''`, []Directive{{"a", []string{"b c", "d e", ""}, 1}}},
		{`a b"c d" e'f g'`, []Directive{{"a", []string{"bc d", "ef g"}, 1}}},
		{`a "\n\r\t\b\a\\\"\'\q"`, []Directive{{"a", []string{"\n\r\t\b\a\\\"'q"}, 1}}},
		{`a "\x41\xfF\x00" "\x4" "\x4g" "\x"`, []Directive{{"a", []string{"A\xff\x00", "x4", "x4g", "x"}, 1}}},
		{`a 'b\'c\n\\ ' '"' "'"`, []Directive{{"a", []string{`b'c\n\\ `, `"`, `'`}, 1}}},
		{`a \x41 b\ \`, []Directive{{"a", []string{`\x41`, `b\`, `\`}, 1}}},
		{"\xc4\xffA \xff\n", []Directive{{"\xc4\xffa", []string{"\xff"}, 1}}},
		{"a " + strings.Repeat("b", MaxLine-2) + "\n", []Directive{{"a", []string{strings.Repeat("b", MaxLine-2)}, 1}}},
		{"a b\n" + strings.Repeat("#\n", (MaxFile-4)/2), []Directive{{"a", []string{"b"}, 1}}},
	} {
		got, err := Parse(iotest.HalfReader(strings.NewReader(tc.text)), "kv.conf")
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%.60q: got %v %v, want %v", tc.text, got, err, tc.want)
		}
	}
}

func TestParseFails(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"# x\na \"b\n", `kv.conf:2: the quote " at byte 3 is not closed; close it on its line, or write the character as "\""`},
		{"a 'b\\'\n'", `kv.conf:1: the quote ' at byte 3 is not closed; close it on its line, or write the character as "\'"`},
		{"a \"b\\\"", `kv.conf:1: the quote " at byte 3 is not closed; close it on its line, or write the character as "\""`},
		{"a \"b\\", `kv.conf:1: the quote " at byte 3 is not closed; close it on its line, or write the character as "\""`},
		{"a it's\n", `kv.conf:1: the quote ' at byte 5 is not closed; close it on its line, or write the character as "\'"`},
		{"\n  a \"b\"c\n", `kv.conf:2: the word goes on after the closing " at byte 7; put a space there`},
		{"a 'b''c'\n", `kv.conf:1: the word goes on after the closing ' at byte 5; put a space there`},
		{"a b\x00c\n", "kv.conf:1: byte 4 is NUL; name a file of text, or take the byte out"},
		{"# \x00\n", "kv.conf:1: byte 3 is NUL; name a file of text, or take the byte out"},
		{"a b\n\n\x00", "kv.conf:3: byte 1 is NUL; name a file of text, or take the byte out"},
		{"'' b\n", "kv.conf:1: the name of the directive is empty; name one, or begin the line with # for a comment"},
		{"a b\nInclude other.conf\n", "kv.conf:2: include is not supported; put the lines of that file in its place"},
		{"\"include\"\n", "kv.conf:1: include is not supported; put the lines of that file in its place"},
		{"a b\n#" + strings.Repeat("c", MaxLine) + "\n", "kv.conf:2: the line is longer than 65536 bytes; shorten it"},
		{"a b\n" + strings.Repeat("#\n", (MaxFile-4)/2) + "a", "kv.conf:524288: the file is larger than 1048576 bytes; shorten it"},
		{"a b\n" + strings.Repeat("#\n", (MaxFile-4)/2) + "\n", "kv.conf:524288: the file is larger than 1048576 bytes; shorten it"},
	} {
		got, err := Parse(strings.NewReader(tc.text), "kv.conf")
		var bad *Error
		if !errors.As(err, &bad) || err.Error() != tc.want || got != nil {
			t.Errorf("%.60q: got  %v %v\nwant %s", tc.text, got, err, tc.want)
		}
	}
}

// A file without an end costs no more than the limit.
func TestParseEndless(t *testing.T) {
	for _, text := range []string{"#\n", "a\n", "\x00", "a"} {
		r := &endless{text: text}
		if _, err := Parse(r, "kv.conf"); err == nil {
			t.Errorf("%q for ever was taken", text)
		}
		if r.read > 2*MaxFile {
			t.Errorf("%q: %d bytes were read", text, r.read)
		}
	}
}

type endless struct {
	text string
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += len(b)
	return len(b), nil
}

func TestParseReadError(t *testing.T) {
	_, err := Parse(io.MultiReader(strings.NewReader("a b\n"), iotest.ErrReader(os.ErrPermission)), "kv.conf")
	if !errors.Is(err, os.ErrPermission) || err.Error() != "read configuration kv.conf: permission denied" {
		t.Errorf("got %v", err)
	}
}

// FuzzParse: what is taken can be written again, quoted, and is the same; what is refused names a line of the file.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"# a\n\nport 1\r\nSAVE ''\n", `a "\x41\n" b"c" 'd\'e'`, "a \"", "include b", "a\x00", "\xff\v#", "a \\ \"\\"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Parse(strings.NewReader(string(text)), "f")
		lines := strings.Count(string(text), "\n") + 1
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || bad.Line < 1 || bad.Line > lines || bad.Cause == "" || bad.Remedy == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		var again strings.Builder
		at := 1
		for i, d := range all {
			if d.Name == "" || d.Name != lower(d.Name) || d.Line < at || d.Line > lines || i > 0 && d.Line == all[i-1].Line {
				t.Fatalf("%q: %v", text, all)
			}
			again.WriteString(strings.Repeat("\n", d.Line-at))
			at = d.Line
			for _, word := range append([]string{d.Name}, d.Args...) {
				again.WriteString(` "`)
				for _, c := range []byte(word) {
					fmt.Fprintf(&again, `\x%02X`, c)
				}
				again.WriteByte('"')
			}
		}
		if again.Len() > MaxFile || slices.ContainsFunc(strings.Split(again.String(), "\n"), func(s string) bool { return len(s) > MaxLine }) {
			return
		}
		same, err := Parse(strings.NewReader(again.String()), "f")
		if err != nil || !reflect.DeepEqual(same, all) {
			t.Fatalf("%q: %v, then %v %v", text, all, same, err)
		}
	})
}
