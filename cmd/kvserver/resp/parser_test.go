package resp

import (
	"fmt"
	"strings"
	"testing"
)

const ping = "*1\r\n$4\r\nPING\r\n"

// The texts were taken from redis-server 7.0.15.
var requests = []struct {
	in   string
	want []string // commands, their arguments joined by '|'
	err  error
}{
	{in: ping, want: []string{"PING"}},
	{in: ping + ping, want: []string{"PING", "PING"}},
	{in: "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n", want: []string{"SET|k|"}},
	{in: "*2\r\n$4\r\nECHO\r\n$3\r\na\x00b\r\n", want: []string{"ECHO|a\x00b"}},
	{in: "*1\r\n$12\r\nHELLO\r\nWORLD\r\n", want: []string{"HELLO\r\nWORLD"}},

	// The count.
	{in: "*0\r\n" + ping, want: []string{"PING"}},
	{in: "*-1\r\n" + ping, want: []string{"PING"}},
	{in: "*-9223372036854775808\r\n" + ping, want: []string{"PING"}},
	{in: "*-9223372036854775809\r\n", err: errCount},
	{in: "*2147483647\r\n"},
	{in: "*2147483648\r\n", err: errCount},
	{in: "*+1\r\n$4\r\n", err: errCount},
	{in: "*01\r\n", err: errCount},
	{in: "* 1\r\n", err: errCount},
	{in: "*1 \r\n", err: errCount},
	{in: "*-0\r\n", err: errCount},
	{in: "*00\r\n", err: errCount},
	{in: "*\r\n", err: errCount},
	{in: "*-\r\n", err: errCount},
	{in: "*999999999999999999999999999999\r\n", err: errCount},
	{in: "*18446744073709551617\r\n$4\r\nPING\r\n", err: errCount},
	{in: "*11111111111111111111111\r\n", err: errCount},
	{in: "*111111111111111111111111\r\n", err: errCount},
	{in: ping + "*x\r\n" + ping, want: []string{"PING"}, err: errCount},

	// Lines end with CR and any byte; a NUL hides the end.
	{in: "*1\n$4\nPING\n"},
	{in: "*1\n$4\r\nPING\r\n", err: errCount},
	{in: "*1\rX$4\rYPINGab" + ping, want: []string{"PING", "PING"}},
	{in: "*1\r\n$4\r\nPINGxx" + ping, want: []string{"PING", "PING"}},
	{in: "*1\x00\r\n" + ping},
	{in: "*1\r\n$4\x00\r\nPING\r\n"},
	{in: "*" + strings.Repeat("1", 65535)},
	{in: "*" + strings.Repeat("1", 65536), err: errCountLong},
	{in: "*" + strings.Repeat("1", 65535) + "\r"},
	{in: "*" + strings.Repeat("1", 65535) + "\r\n", err: errCount},
	{in: "*\x00" + strings.Repeat("\r\n", 32768), err: errCountLong},

	// The length of an argument.
	{in: "*1\r\n$-1\r\n", err: errLen},
	{in: "*1\r\n$+4\r\n", err: errLen},
	{in: "*1\r\n$04\r\n", err: errLen},
	{in: "*1\r\n$-0\r\n", err: errLen},
	{in: "*1\r\n$\r\n", err: errLen},
	{in: "*1\r\n$ 4\r\n", err: errLen},
	{in: "*1\r\n$18446744073709551620\r\nPING\r\n", err: errLen},
	{in: "*1\r\n$536870912\r\n"},
	{in: "*1\r\n$536870913\r\n", err: errLen},
	{in: "*1\r\n$999999999999999999999999999999\r\n", err: errLen},
	{in: "*1\r\n$" + strings.Repeat("1", 65535)},
	{in: "*1\r\n$" + strings.Repeat("1", 65536), err: errLenLong},
	{in: "*1\r\n" + strings.Repeat("x", 65537), err: errLenLong},
	{in: "*1\r\nX4\r\n", err: errType('X')},
	{in: "*1\r\nX4\r"},
	{in: "*1\r\nX4\rZ", err: errType('X')},
	{in: "*1\r\n\r\n", err: errType(' ')},
	{in: "*1\r\n\nZ\r\n", err: errType(' ')},
	{in: "*1\r\n\xff\r\n", err: errType('\xff')},
	{in: "*3\r\n$3\r\nSET\r\n$1\r\n$-1\r\n", err: errType(' ')},

	// Inline commands.
	{in: "PING\r\n", want: []string{"PING"}},
	{in: "PING\n" + ping, want: []string{"PING", "PING"}},
	{in: "\r\n\n  \r\n\tPING  \r\n", want: []string{"PING"}},
	{in: "PING\r\r\n", want: []string{"PING"}},
	{in: "PING a\rb\r\n", want: []string{"PING|a|b"}},
	{in: "PING\x00\r\nPING\r\n"},
	{in: "\x00PING\r\n"},
	{in: "PING a\vb\r\n", want: []string{"PING|a\vb"}},
	{in: "PING\fa\r\n", want: []string{"PING\fa"}},
	{in: "PING \"a\"\vb\r\n", want: []string{"PING|a|b"}},
	{in: "PING \"a\"\f\r\n", want: []string{"PING|a"}},
	{in: "ECHO \xff\xa0x\r\n", want: []string{"ECHO|\xff\xa0x"}},
	{in: "PING \"a b\"\r\n", want: []string{"PING|a b"}},
	{in: "PING \"a\rb\"\r\n", want: []string{"PING|a\rb"}},
	{in: "PING \"a b\"c\r\n", err: errQuotes},
	{in: "PING \"a\"\"b\"\r\n", err: errQuotes},
	{in: "PING \"a\r\n", err: errQuotes},
	{in: "PING 'x\\\r\n", err: errQuotes},
	{in: "PING \"x\\\r\n", err: errQuotes},
	{in: "PING 'a\\'b\\n'\r\n", want: []string{`PING|a'b\n`}},
	{in: `PING "\n\r\t\b\a\x41\x4\xZZ\q\\\""` + "\r\n", want: []string{"PING|\n\r\t\b\aAx4xZZq\\\""}},
	{in: `PING "\x00"` + "\n", want: []string{"PING|\x00"}},
	{in: `PING foo"bar"` + "\n", want: []string{"PING|foobar"}},
	{in: `PING foo'bar' x"y" z` + "\n", want: []string{"PING|foobar|xy|z"}},
	{in: `""` + "\n", want: []string{""}},
	{in: `PING ""` + "\n", want: []string{"PING|"}},
	{in: "PING " + strings.Repeat("a", 65531)},
	{in: "PING " + strings.Repeat("a", 65532), err: errInlineLong},
	{in: "PING " + strings.Repeat("a", 65531) + "\n", want: []string{"PING|" + strings.Repeat("a", 65531)}},
	{in: strings.Repeat("\x00", 65536)},
	{in: strings.Repeat("\x00", 65537), err: errInlineLong},
}

// parse feeds the pieces, each overwritten when it is used up, and collects the commands.
func parse(p *Parser, pieces ...string) (got []string, err error) {
	for _, piece := range pieces {
		b := []byte(piece)
		p.Feed(b)
		for {
			args, err := p.Next()
			if err != nil {
				return got, err
			}
			if args == nil {
				break
			}
			words := make([]string, len(args))
			for i, a := range args {
				words[i] = string(a)
			}
			got = append(got, strings.Join(words, "|"))
		}
		for i := range b {
			b[i] = '!'
		}
	}
	return got, nil
}

func short(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q... (%d bytes)", s[:80], len(s))
	}
	return fmt.Sprintf("%q", s)
}

func TestParser(t *testing.T) {
	for _, tt := range requests {
		check := func(how string, pieces ...string) {
			t.Helper()
			got, err := parse(new(Parser), pieces...)
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") || len(got) != len(tt.want) || err != tt.err {
				t.Errorf("%s %s: got %.200q, %v, want %.200q, %v", short(tt.in), how, got, err, tt.want, tt.err)
			}
		}
		check("whole", tt.in)
		step := max(1, len(tt.in)/50)
		for i := 0; i <= len(tt.in); i += step {
			check(fmt.Sprint("split at ", i), tt.in[:i], tt.in[i:])
		}
		pieces := make([]string, len(tt.in))
		for i := range pieces {
			pieces[i] = tt.in[i : i+1]
		}
		check("bytewise", pieces...)
	}
}
