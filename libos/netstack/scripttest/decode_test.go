package scripttest

import (
	"net/netip"
	"strings"
	"testing"
)

// frame builds a packet of the script's, which decode has to take for what it is.
func frame(t *testing.T, x *names, text string) []byte {
	t.Helper()
	p, err := parsePacket(strings.Fields(text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := x.build(p, make([]byte, 40))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newNames(f Family) *names {
	return &names{family: f, ports: ports{}, isn: map[[2]station]uint32{}, ids: map[string][]uint32{}}
}

// TestBuildDecode: what is built is decoded to the same text, in both families.
func TestBuildDecode(t *testing.T) {
	for _, f := range []Family{V4, V6} {
		x := newNames(f)
		for _, text := range []string{
			"b.7 > a.8: [S] seq 0 win 65535 opts mss:1460,sack,ws:7",
			"b.7 > a.8: [FSRP.UEW] seq 0:10 ack 0 opts mss:536",
			"b.7 > a.8: [P.] seq 1:1001 ack 1 win 100",
			"b.7 > a.8: [.] seq 1001 ack 1 win 0 sack 1:2,5:10",
			"b.7 > a.8: [R] seq 1001",
			"b.7 > a.8: udp len 0",
			"b.7 > a.8: udp len 1400",
			"b > a: echo-request id 9 seq 2 len 100",
			"b > a: echo-reply id 9 seq 2 len 0",
			"x > a: unreachable code net",
			"x > a: unreachable code port",
			"x > a: time-exceeded code reassembly",
			"x > a: bad-parameter code field",
			"b > all: who-has target a",
			"b > a: who-has target a",
			"b > a: is-at target b mac 9",
			"b > a: protocol proto 99",
		} {
			if got, err := x.decode(frame(t, x, text)); err != nil || got == nil || got.String() != text {
				t.Errorf("%v: %q became %v: %v", f, text, got, err)
			}
		}
		got, err := x.decode(frame(t, x, "b.7 > a.8: udp len 100 part 8:48+ id 7"))
		if want := "b > a: fragment id 1 part 8:48+ proto udp"; err != nil || got.String() != want {
			t.Errorf("%v: %v, %v, want %v", f, got, err, want)
		}
	}
}

// TestDecodeRejects: a stack that sends something broken does not get through.
func TestDecodeRejects(t *testing.T) {
	for _, c := range []struct {
		family Family
		text   string
	}{
		{V4, "b.7 > a.8: [S] seq 0 sum bad"},
		{V6, "b.7 > a.8: [S] seq 0 sum bad"},
		{V4, "b.7 > a.8: udp len 10 sum bad"},
		{V6, "b > a: echo-request sum bad"},
		{V4, "b.7 > a.8: udp len 10 ipsum bad"},
		{V4, "b.7 > a.8: udp len 10 version 6"},
		{V4, "b.7 > a.8: udp len 10 ihl 4"},
		{V4, "b.7 > a.8: udp len 10 total 1000"},
		{V6, "b.7 > a.8: udp len 10 total 1000"},
		{V4, "b.7 > a.8: udp len 10 cut 13"},
		{V4, "b > a: is-at target b cut 30"},
	} {
		x := newNames(c.family)
		if p, err := x.decode(frame(t, x, c.text)); err == nil {
			t.Errorf("%v: %q is taken for %v", c.family, c.text, p)
		}
	}
	if p, err := newNames(V4).decode(make([]byte, 60)); err == nil {
		t.Errorf("a frame of type 0 is taken for %v", p)
	}
}

// TestOtherPayload: what is not the sender's pattern is marked, and so is a frame for another MAC.
func TestOtherPayload(t *testing.T) {
	x := newNames(V4)
	b := frame(t, x, "b.7 > a.8: udp len 10")
	n := len(b)
	copy(b[n-4:], []byte{b[n-2], b[n-1], b[n-4], b[n-3]}) // the checksum does not depend on the order of words
	b[5] = 9
	if p, err := x.decode(b); err != nil || p.word("payload") != "other" || p.word("via") != "9" {
		t.Errorf("%v, %v", p, err)
	}
}

func TestHostOf(t *testing.T) {
	for addr, want := range map[string]string{
		"10.0.0.1": "a", "fd00::2": "b", "10.0.0.77": "n", "ff02::1": "all", "10.0.0.9": "10.0.0.9", "fe80::1": "fe80::1",
	} {
		if got := hostOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is %q, want %q", addr, got, want)
		}
	}
}
