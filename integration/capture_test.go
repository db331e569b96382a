package integration

import (
	"path/filepath"
	"strings"
	"testing"
)

// tcpdump reads what --pcap wrote: the whole conversation with a kernel client, both ways.
func TestCapture(t *testing.T) {
	l := newLab(t)
	file := filepath.Join(t.TempDir(), "echo.pcap")
	addr := hostPort(l.b.l4, 7)
	srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr, "--pcap", file)...)
	l.a.socat(t, addr, []byte("a line to be captured"))
	srv.stop(t)
	out, stderr, err := l.b.run(t, nil, "tcpdump", "-n", "-A", "-r", file)
	if err != nil {
		t.Fatalf("tcpdump: %v\n%s", err, stderr)
	}
	if n := strings.Count(out, "a line to be captured"); n != 2 {
		t.Errorf("the line is in %d frames, want it once each way:\n%s", n, out)
	}
	for _, want := range []string{"Flags [S]", "Flags [S.]", "Flags [F"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s:\n%s", want, out)
		}
	}
}
