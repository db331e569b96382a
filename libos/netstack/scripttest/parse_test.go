package scripttest

import (
	"strings"
	"testing"
)

// TestParseRejects: what is not a script is refused before anything runs, with the line and the reason.
func TestParseRejects(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"", "does nothing"},
		{"# about\n", "does nothing"},
		{"a: listen 7", "begins with a comment"},
		{"# about\n\nlisten 7", `line 3: "listen 7": unknown command "listen"`},
		{"# about\nc: listen 7", `"c" is not a host that runs`},
		{"# about\nhosts a\nb: listen 7", `"b" is not a host that runs`},
		{"# about\na: listen", "wrong number of words"},
		{"# about\na: listen 7 8", "wrong number of words"},
		{"# about\na: listen 16000", "number from 0 to 15999"},
		{"# about\na:", "wrong number of words"},
		{"# about\na: lisen 7", `unknown call "lisen"`},
		{"# about\na: connect b", "not HOST.PORT"},
		{"# about\na: connect z.7", "not HOST.PORT"},
		{"# about\na: push -1", "not a number"},
		{"# about\na: pop 1 -> EFOO", "neither ok, eof, pending nor an errno"},
		{"# about\na: await pop", "wrong number of words"},
		{"# about\na: await wait -> ok", `unknown call "wait"`},
		{"# about\na: cancel wait", `unknown call "wait"`},
		{"# about\na: stat TCP.Sent", "wrong number of words"},
		{"# about\na: stat TCP.Sent some", "invalid syntax"},
		{"# about\nwait", "wrong number of words"},
		{"# about\nwait 1", "missing unit"},
		{"# about\nwait -1s", "not a time to wait for"},
		{"# about\nquiet 0s", "not a time to wait for"},
		{"# about\ncut a", "wrong number of words"},
		{"# about\ndrop", "wrong number of words"},
		{"# about\ndrop 0 a > b: data", "is not SRC > DST"},
		{"# about\ndelay a > b: data", "invalid duration"},
		{"# about\nfamily v5", `unknown value "v5"`},
		{"# about\nfamily", "wrong number of words"},
		{"# about\nconfig window 7", `unknown setting "window"`},
		{"# about\nconfig receive many", "invalid syntax"},
		{"# about\nwait 1s\nfamily v4", "must stand before"},
	} {
		if _, err := Parse(c.script); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.script, err, c.want)
		}
	}
}

// TestPacketRejects: malformed packets are refused.
func TestPacketRejects(t *testing.T) {
	for _, c := range []struct{ packet, want string }{
		{"", "is not SRC > DST"},
		{"a > b", "is not SRC > DST"},
		{"a < b: any", "is not SRC > DST"},
		{"a > b any", "is not SRC > DST"},
		{"a > b: any seq", "is not SRC > DST"},
		{"q > b: any", `unknown host "q"`},
		{"a.0 > b: any", `port "0"`},
		{"a.16000 > b: any", `port "16000"`},
		{"a.px > b: any", `port "px"`},
		{"a > b: something", `unknown kind of packet "something"`},
		{"a > b: [", "TCP flags"},
		{"a > b: [X]", "TCP flags"},
		{"a > b: [S", "TCP flags"},
		{"a > b: udp seq 1", `udp has no field "seq"`},
		{"a > b: [S] seq 1 seq 2", "stands twice"},
		{"a > b: [S] seq x", `field "seq" cannot be "x"`},
		{"a > b: [S] seq 5:4", `field "seq" cannot be "5:4"`},
		{"a > b: [S] win -1", `field "win" cannot be "-1"`},
		{"a > b: [S] opts nop", `unknown option "nop"`},
		{"a > b: [S] opts mss:x", `option "mss:x"`},
		{"a > b: [.] sack 1:2,x", `field "sack" cannot be`},
		{"a > b: [.] sum good", `field "sum" cannot be "good"`},
		{"a > all: who-has target z", `field "target" cannot be "z"`},
	} {
		if _, err := parsePacket(strings.Fields(c.packet)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.packet, err, c.want)
		}
	}
}

// TestPacketText: what is parsed is what is written.
func TestPacketText(t *testing.T) {
	for _, text := range []string{
		"a.p1 > b.7: [P.] seq 1:1001 ack 1 win 512",
		"b.7 > a.p1: [S.] seq 0 ack 1 opts mss:1460,sack,ws:7",
		"a > all: who-has target b",
		"a > b: fragment id 1 part 0:1480+ proto udp",
	} {
		p, err := parsePacket(strings.Fields(text))
		if err != nil {
			t.Error(err)
		} else if p.String() != text {
			t.Errorf("%q became %q", text, p)
		}
	}
}

func TestMatches(t *testing.T) {
	parse := func(s string) *packet {
		p, err := parsePacket(strings.Fields(s))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	got := parse("a.p1 > b.7: [P.] seq 101:201 ack 1 win 512")
	for pattern, want := range map[string]bool{
		"a > b: any":                             true,
		"a > b: tcp":                             true,
		"a > b: data":                            true,
		"a.p1 > b.7: [P.]":                       true,
		"a > b: [P.] seq 101":                    true,
		"a > b: data seq 101:201 ack 1 win 512":  true,
		"b > a: any":                             false,
		"a.7 > b: any":                           false,
		"a > b.8: any":                           false,
		"a > b: [.]":                             false,
		"a > b: udp":                             false,
		"a > b: [P.] seq 10":                     false,
		"a > b: [P.] seq 101:202":                false,
		"a > b: [P.] ack 2":                      false,
		"a > b: [P.] ack 1 win 512 sack 201:301": false,
	} {
		if got.matches(parse(pattern)) != want {
			t.Errorf("%q matches: %v", pattern, !want)
		}
	}
	if parse("a > b: [.] seq 1").matches(parse("a > b: data")) {
		t.Error("a segment without payload is taken for data")
	}
}
