package enginetest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
)

// A Redis is a redis-server of the test's own, to compare with.
type Redis struct {
	Socket string // path of the socket that it listens on

	t    testing.TB
	conn net.Conn
	in   []byte
}

// redisVersion is the one that replies are compared with.
const redisVersion = "v=7.0."

const redisPatience = 10 * time.Second

// StartRedis starts a redis-server that ends with the test, or skips it where there is none of version 7.0. It listens on
// no network.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	out, err := exec.Command("redis-server", "--version").Output()
	if err != nil {
		require.Skip(t, "redis-server does not run: "+err.Error())
	}
	if !bytes.Contains(out, []byte(redisVersion)) {
		require.Skip(t, fmt.Sprintf("redis-server is not of version 7.0: %s", out))
	}
	// Not t.TempDir: its name is too long for the address of a socket.
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no",
		"--sanitize-dump-payload", "yes", "--dir", dir)
	cmd.Env = append(os.Environ(), "LC_ALL=C") // SORT ALPHA follows the locale
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	r := &Redis{Socket: socket, t: t}
	t.Cleanup(func() {
		if r.conn != nil {
			if err := r.conn.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-ended
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(redisPatience); ; {
		if r.conn, err = net.Dial("unix", socket); err == nil {
			return r
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("redis-server ended: %v", err)
		case <-time.After(10 * time.Millisecond): // until it listens
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// Do runs a command, and shows its reply as Client.Do does.
func (r *Redis) Do(args ...string) string {
	r.t.Helper()
	request := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, a := range args {
		request = fmt.Appendf(request, "$%d\r\n%s\r\n", len(a), a)
	}
	if err := r.conn.SetDeadline(time.Now().Add(redisPatience)); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.conn.Write(request); err != nil {
		r.t.Fatal(err)
	}
	buf := make([]byte, 64<<10)
	for {
		text, rest, err := reply(r.in)
		if err == nil {
			r.in = append(r.in[:0], rest...)
			return text
		}
		if !errors.Is(err, errShort) {
			r.t.Fatalf("redis-server to %q: %v", args, err)
		}
		n, err := r.conn.Read(buf)
		if err != nil {
			r.t.Fatalf("redis-server to %q: %v", args, err)
		}
		r.in = append(r.in, buf[:n]...)
	}
}

// Same runs a command on both and fails the test if the replies differ.
func (r *Redis) Same(c *Client, args ...string) {
	r.t.Helper()
	want := r.Do(args...)
	if got := c.Do(args...); got != want {
		r.t.Fatalf("%.400q\n  got %.1000s\nredis %.1000s", args, got, want)
	}
}

// SameLine is Same for a command line.
func (r *Redis) SameLine(c *Client, line string) {
	r.t.Helper()
	args, err := split(line)
	if err != nil {
		r.t.Fatalf("%s: %v", line, err)
	}
	r.Same(c, args...)
}
