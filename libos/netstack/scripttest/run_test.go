package scripttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

const connected = "# about\nb: listen 7\nb: accept\na: connect b.7 -> ok\nb: await accept -> ok\n"

// TestRunRejects: a script that says what does not hold fails, at the line that says it.
func TestRunRejects(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"# about\na: connect b.7 -> ok", `line 2: "a: connect b.7 -> ok": ended with ECONNREFUSED`},
		{"# about\na: connect b.7 -> ETIMEDOUT", "ended with ECONNREFUSED"},
		{"# about\na: push 1", `a has no socket "c"`},
		{"# about\na: accept", "does not listen"},
		{"# about\na: listen 7\na: listen 7", "ended with EADDRINUSE"},
		{"# about\na: udp 9\na: await receive -> ok", "no such call"},
		{"# about\na: udp 9\na: receive 1\na: await receive -> ok", "still pending after 1h0m0s"},
		{"# about\na: udp 9\na: receive 1\na: cancel receive\na: await receive -> ok", "ended with ECANCELED"},
		{"# about\na: udp 9\na: cancel receive", "no receive is pending"},
		{"# about\na: udp 9\nb: udp 9\na: send 5 b.9\nb: receive 6 -> ok", "ended with 5"},
		{connected + "a: push 10 -> ok\nb: pop 11 -> ok", "still pending"},
		{connected + "a: push 10 -> ok\nb: pop 10 -> pending", ""},
		{connected + "a: push 10 -> ok\nwait 1s\nb: pop 10 -> pending", "ended with ok"},
		{connected + "a: push 10 -> ok\nb: pop 10 -> eof", "ended with ok"},
		{connected + "a: push 10 -> ok\nquiet 1s", "> a.p1: [.] seq 1 ack 11"},
		{connected + "drop a > b: [R]\nwait 1s", "drop a > b: [R]: no such packet"},
		{connected + "expect b > a: [R]", "no such packet in 1h0m0s"},
		{connected + "a: stat TCP.Established 2", "it is 1"},
		{connected + "a: stat TCP.Wrong 2", `no counter "TCP.Wrong"`},
		{connected + "a: stat TCP.Sent.X 2", `no counter "TCP.Sent.X"`},
		{connected + "a: stat TCP 2", `"TCP" is not one counter`},
		{"# about\nhosts a\ninject a > b: echo-request", "is not a host that runs"},
		{"# about\nhosts a\ninject b.7 > a.p1: [S]", "has not used a port that is called p1"},
		{"# about\nhosts a\ninject b > a: [S]", "b has no port"},
		{"# about\nhosts a\ninject b > a: unreachable code port", "a has sent nothing"},
		{"# about\nhosts a\ninject b > a: unreachable code odd", `no code "odd"`},
		{"# about\nhosts a\ninject b > a: data", `cannot make a packet of kind "data"`},
		{"# about\nhosts a\ninject b.9 > a.9: udp len 1600", "too long"},
		// The stream does not begin where the pattern does.
		{"# about\nhosts a\na: listen 7\na: accept\ninject b.40 > a.7: [S] seq 50\ninject b.40 > a.7: [.] seq 51 ack 1\n" +
			"a: await accept -> ok\ninject b.40 > a.7: [.] seq 51:61 ack 1\na: pop 10 -> ok", "ended with other data behind 0"},
		{"# about\nconfig receive 1\nwait 1s", "receive buffer is 1"},
	} {
		s, err := Parse(c.script)
		if err != nil {
			t.Errorf("%q: %v", c.script, err)
			continue
		}
		trace, err := s.Run(V4, netstack.TCPInline)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v, want %q\n%s", c.script, err, c.want, trace)
		}
	}
}

func TestPattern(t *testing.T) {
	if string(pattern("a", 0, 100)) == string(pattern("b", 0, 100)) || string(pattern("a", 0, 99)) == string(pattern("a", 1, 99)) {
		t.Error("patterns of two hosts or places are the same")
	}
	if string(pattern("a", 0, 100)[40:]) != string(pattern("a", 40, 60)) {
		t.Error("a part of the pattern is not the pattern of that part")
	}
}

// TestGolden: a trace that differs from the golden file is an error that shows the difference; writing the file mends it.
func TestGolden(t *testing.T) {
	s, err := Parse("# about\nstock trace\na: connect b.7 -> ECONNREFUSED")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join(t.TempDir(), "x.golden")
	if err := s.verify(golden, V4, netstack.TCPInline); err == nil || !strings.Contains(err.Error(), "-update") {
		t.Errorf("without a golden file: %v", err)
	}
	if err := write(s, golden); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Families() {
		for _, tcp := range []netstack.TCP{netstack.TCPInline, netstack.TCPStock} {
			if err := s.verify(golden, f, tcp); err != nil {
				t.Errorf("%v, TCP %d: %v", f, tcp, err)
			}
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(text), "[R.] seq 0 ack 1", "[R.] seq 0 ack 2", 1)
	if wrong == string(text) {
		t.Fatalf("no RST in\n%s", text)
	}
	if err := os.WriteFile(golden, []byte(wrong), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tcp := range []netstack.TCP{netstack.TCPInline, netstack.TCPStock} {
		err := s.verify(golden, V6, tcp)
		if err == nil || !strings.Contains(err.Error(), "\n-    0.010 b.7 > a.p1: [R.] seq 0 ack 2\n+    0.010 b.7 > a.p1: [R.] seq 0 ack 1\n") {
			t.Errorf("TCP %d, with another golden file: %v", tcp, err)
		}
	}
	// A file of the family's own goes first.
	if err := os.WriteFile(ofFamily(golden, V6), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.verify(golden, V6, netstack.TCPInline); err != nil {
		t.Error(err)
	}
	if err := write(s, golden); err != nil || exists(ofFamily(golden, V6)) {
		t.Errorf("a golden file that is not needed is left: %v", err)
	}
}

func TestDiff(t *testing.T) {
	const a, b = "1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\n5\nsix\n7\n8\n9\n10"
	const want = "  ...\n  3\n  4\n  5\n- 6\n+ six\n  7\n  8\n  9\n+ 10"
	if got := diff(a, b); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
