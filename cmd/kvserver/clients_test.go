package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/require"
)

// needFiles raises the limit of open files of the test for n connections.
func needFiles(t *testing.T, n int) {
	t.Helper()
	room, err := raiseFiles()
	if err != nil {
		t.Fatal(err)
	}
	if room(n) < n {
		require.Skip(t, fmt.Sprintf("the limit of open files allows %d connections of %d (ulimit -Hn)", room(n), n))
	}
}

// Ten thousand clients are served, and an idle one takes a few KiB.
func TestManyClients(t *testing.T) {
	const n = 10_000
	needFiles(t, n+100)
	p := start(t, nil)
	admin := p.dial()
	admin.want("PONG", "ping")
	before, _ := p.resident()
	all := make([]*client, n-1)
	for i := range all {
		all[i] = p.dial()
	}
	// The first over maxclients is refused, and the others are served.
	eventually(t, "all have connected", func() bool { return admin.info("connected_clients") == n })
	over := p.dial()
	if got, err := io.ReadAll(over); err != nil || string(got) != "-ERR max number of clients reached\r\n" {
		t.Errorf("the client over maxclients reads %q, %v", got, err)
	}
	if got := admin.info("rejected_connections"); got != 1 {
		t.Errorf("INFO counts %d rejected clients", got)
	}
	silent, _ := p.resident()
	for i, c := range all {
		c.send(command("set", fmt.Sprint("key", i%100), strings.Repeat("v", 1000)))
	}
	for i, c := range all {
		if got := c.read(); got != "OK" {
			t.Fatalf("client %d reads %q", i, got)
		}
	}
	for _, c := range all {
		c.send(command("get", "key7"))
	}
	for i, c := range all {
		if got := c.read(); len(got) != 1000 {
			t.Fatalf("client %d reads %q", i, got)
		}
	}
	served, _ := p.resident()
	t.Logf("%d bytes for a client that has sent nothing, %d for one that was served", (silent-before)/n, (served-before)/n)
	if served-before > n*8<<10 && !checked {
		t.Errorf("%d idle clients take %d bytes", n, served-before)
	}
	// What a message takes that is sent to all goes with it.
	for _, c := range all {
		c.send(command("subscribe", "news"))
		c.read()
	}
	for range 5 {
		if got := admin.do("publish", "news", strings.Repeat("m", 1000)); got != fmt.Sprint(n-1) {
			t.Fatalf("%s clients got the message", got)
		}
		for i, c := range all {
			if got := c.read(); !strings.HasPrefix(got, "message news m") {
				t.Fatalf("client %d reads %.40q", i, got)
			}
		}
	}
	published, _ := p.resident()
	t.Logf("%d bytes for a subscriber", (published-before)/n)
	if published-before > n*12<<10 && !checked {
		t.Errorf("%d subscribers take %d bytes", n, published-before)
	}
}

// Clients that come and go leave nothing behind.
func TestComeAndGo(t *testing.T) {
	p := start(t, nil)
	admin := p.dial()
	admin.want("PONG", "ping")
	files := p.files()
	for i := range 1000 {
		c := p.dial()
		switch i % 5 {
		case 0: // says nothing
		case 1:
			c.want("PONG", "ping")
		case 2:
			c.send(command("blpop", "nothing", "0"))
		case 3:
			c.send([]byte("*2\r\n$3\r\nGE"))
		case 4:
			c.do("subscribe", "news")
			if err := c.SetLinger(0); err != nil { // it goes with a reset
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "they are gone", func() bool { return admin.info("connected_clients") == 1 && p.files() <= files })
	if blocked := admin.info("blocked_clients"); blocked != 0 {
		t.Errorf("%d clients are blocked", blocked)
	}
	admin.want("0", "publish", "news", "x")
}

// The limit of open files bounds maxclients, and a server at its limit recovers.
func TestFewFiles(t *testing.T) {
	p := start(t, []string{"sh", "-c", `ulimit -n 80; exec "$0" "$@"`})
	if log := p.log.String(); !strings.Contains(log, "maxclients is 16 instead of 10000: the limit of open files allows no more; raise it (ulimit -Hn)") {
		t.Errorf("the log says %q", log)
	}
	admin := p.dial()
	admin.want("maxclients 16", "config", "get", "maxclients")
	admin.want("-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to handle the specified number of clients, try with 16", "config", "set", "maxclients", "17")
	admin.want("OK", "config", "set", "maxclients", "10")

	var old unix.Rlimit
	pid := p.cmd.Process.Pid
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(p.files()), Max: 80}, &old); err != nil {
		t.Fatal(err)
	}
	waits := p.dial()
	waits.send(command("ping"))
	eventually(t, "the server says that it cannot accept", func() bool { return strings.Contains(p.log.String(), "accept: ") })
	admin.want("PONG", "ping")
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &old, nil); err != nil {
		t.Fatal(err)
	}
	if got := waits.read(); got != "PONG" {
		t.Errorf("the client that had to wait reads %q", got)
	}
	if n := strings.Count(p.log.String(), "accept: "); n != 1 {
		t.Errorf("the log says %d times that a client cannot be accepted", n)
	}
}

// A client that does not read is cut at the limit of its output. Others are served meanwhile.
func TestSlowReader(t *testing.T) {
	for _, tc := range []struct {
		name  string
		start func(slow, admin *client)
		more  func(slow, admin *client) error
	}{
		{"normal", func(_, admin *client) {
			admin.want("OK", "config", "set", "client-output-buffer-limit", "normal 20mb 0 0")
		}, func(slow, _ *client) error {
			_, err := slow.Write(command("get", "big"))
			return err
		}},
		{"pubsub", func(slow, _ *client) {
			slow.want("subscribe news 1", "subscribe", "news")
		}, func(_, admin *client) error {
			admin.do("publish", "news", strings.Repeat("m", 1<<20))
			return nil
		}},
		{"monitor", func(slow, admin *client) {
			admin.want("OK", "config", "set", "client-output-buffer-limit", "normal 20mb 0 0")
			slow.want("OK", "monitor")
		}, func(_, admin *client) error {
			admin.do("echo", strings.Repeat("m", 1<<20))
			return nil
		}},
		{"soft", func(_, admin *client) {
			admin.want("OK", "config", "set", "client-output-buffer-limit", "normal 0 1mb 1")
		}, func(slow, admin *client) error {
			if strings.Contains(admin.do("client", "list", "id", "2"), " omem=0 ") {
				_, err := slow.Write(command("get", "big"))
				return err
			}
			return nil
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := start(t, nil)
			admin, slow := p.dial(), p.dial()
			admin.want("OK", "set", "big", strings.Repeat("x", 1<<20))
			slow.want("2", "client", "id")
			tc.start(slow, admin)
			var gone error
			eventually(t, "the client is cut", func() bool {
				gone = tc.more(slow, admin)
				return gone != nil || admin.info("client_output_buffer_limit_disconnections") == 1
			})
			if gone != nil && !errors.Is(gone, syscall.ECONNRESET) && !errors.Is(gone, syscall.EPIPE) {
				t.Errorf("write: %v", gone)
			}
			if got := admin.info("client_output_buffer_limit_disconnections"); got != 1 {
				t.Errorf("INFO counts %d", got)
			}
			if _, peak := p.resident(); peak > 256<<20 && !checked {
				t.Errorf("the server took %d bytes", peak)
			}
			eventually(t, "the session has ended", func() bool { return admin.info("connected_clients") == 1 })
			if log := p.log.String(); !strings.Contains(log, "is above client-output-buffer-limit") {
				t.Errorf("the log says nothing: %q", log)
			}
		})
	}
}

// A client that waits for a key is cut when it sends more than client-query-buffer-limit meanwhile, and until then all that
// it has sent is kept in order.
func TestInputWhileBlocked(t *testing.T) {
	p := start(t, nil)
	admin, c := p.dial(), p.dial()
	c.send(append(command("blpop", "list", "0"), command("set", "a", "1")...))
	big := strings.Repeat("b", 300<<10)
	c.send(command("echo", big))
	c.send(command("get", "a"))
	eventually(t, "it waits", func() bool { return admin.info("blocked_clients") == 1 })
	admin.want("nil", "get", "a")
	admin.want("1", "rpush", "list", "x")
	for i, want := range []string{"list x", "OK", big, "1"} {
		if got := c.read(); got != want {
			t.Errorf("reply %d is %.100q", i, got)
		}
	}
	admin.want("OK", "config", "set", "client-query-buffer-limit", "1mb")
	c.send(command("blpop", "list", "0"))
	eventually(t, "it waits", func() bool { return admin.info("blocked_clients") == 1 })
	_, err := c.Write(make([]byte, 8<<20))
	if err != nil && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
		t.Error(err)
	}
	c.closed()
	eventually(t, "it is gone", func() bool { return admin.info("connected_clients") == 1 })
	if got := admin.info("blocked_clients"); got != 0 {
		t.Errorf("%d clients are blocked", got)
	}
	if got := admin.info("client_query_buffer_limit_disconnections"); got != 1 {
		t.Errorf("INFO counts %d", got)
	}
}

// A client whose command takes longer than timeout to arrive is not idle.
func TestSlowSender(t *testing.T) {
	p := start(t, nil)
	c, silent := p.dial(), p.dial()
	p.dial().want("OK", "config", "set", "timeout", "1")
	silent.want("PONG", "ping")
	b := command("set", "k", "0123456789")
	for len(b) > 10 {
		c.send(b[:1])
		b = b[1:]
		time.Sleep(100 * time.Millisecond)
	}
	c.send(b)
	if got := c.read(); got != "OK" {
		t.Errorf("the command replies %q", got)
	}
	silent.closed()
}
