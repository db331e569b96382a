package integration

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// eventually waits for a condition that must come within d and that nothing announces, such as the end of a bpf_link that
// goes away with its process, of which the kernel sends no netlink message.
func eventually(t testing.TB, d time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(d); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, d)
		}
	}
}

// SIGKILL under load: the XDP program is gone within a second, kernel traffic is whole, a restart works at once.
func TestKill(t *testing.T) {
	l := newLab(t)
	addr := hostPort(l.b.l4, 7)
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	for range rounds {
		srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr)...)
		if l.b.program(t) == 0 {
			t.Fatal("no XDP program while the server runs")
		}
		load := l.a.start(t, echoBinary(t), "client", "--connect", addr, "--conns", "4", "--duration", "1m")
		l.a.socat(t, addr, []byte("under load"))
		srv.signal(os.Kill)
		<-srv.done
		eventually(t, time.Second, "no XDP program after SIGKILL", func() bool { return l.b.program(t) == 0 })
		if out, _, err := l.a.run(t, nil, "ping", "-c", "3", "-i", "0.01", l.b.v4); err != nil || !strings.Contains(out, " 0% packet loss") {
			t.Fatalf("kernel traffic after SIGKILL: %v\n%s", err, out)
		}
		load.signal(syscall.SIGKILL)
		<-load.done
	}
	srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr)...)
	l.a.client(t, 100, "--connect", addr)
	srv.stop(t)
	if l.b.program(t) != 0 {
		t.Error("the XDP program is still there after an orderly stop")
	}
}
