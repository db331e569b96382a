package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// kvPath builds the command once, beside echo.
var kvPath = sync.OnceValues(func() (string, error) {
	echo, err := echoPath()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(echo), "kvserver")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/kvserver").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build kvserver: %w\n%s", err, out)
	}
	return path, nil
})

// startKV starts a kvserver over AF_XDP and waits for its line.
func (h *host) startKV(t *testing.T) *process {
	t.Helper()
	path, err := kvPath()
	if err != nil {
		t.Fatal(err)
	}
	p := h.start(t, path, append(h.afxdp(), "--listen", hostPort(h.l4, 6379))...)
	line, ok := <-p.lines
	if !ok || !strings.HasPrefix(line, "listening tcp ") {
		<-p.done
		t.Fatalf("kvserver: %q, %v\n%s", line, p.err, p.stderr.String())
	}
	return p
}

// dialKV connects from a host, over its kernel.
func (h *host) dialKV(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	var conn net.Conn
	err := h.Do(func() (err error) {
		conn, err = net.Dial("tcp", hostPort(addr, 6379))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func exchange(t *testing.T, conn net.Conn, in, out string) {
	t.Helper()
	if _, err := io.WriteString(conn, in); err != nil {
		t.Fatal(err)
	}
	want(t, conn, out)
}

func want(t *testing.T, conn net.Conn, out string) {
	t.Helper()
	got := make([]byte, len(out))
	if n, err := io.ReadFull(conn, got); err != nil || string(got) != out {
		t.Fatalf("got %.100q, %v; want %.100q", got[:n], err, out)
	}
}

// A kvserver whose interface is removed says so and ends, with a client that waits and one that is idle.
func TestKVInterfaceRemoved(t *testing.T) {
	l := newLab(t)
	srv := l.b.startKV(t)
	idle, waits := l.a.dialKV(t, l.b.l4), l.a.dialKV(t, l.b.l4)
	exchange(t, idle, "PING\r\n", "+PONG\r\n")
	exchange(t, waits, "PING\r\nBLPOP list 0\r\n", "+PONG\r\n")
	err := l.b.Do(func() error {
		link, err := netlink.LinkByName(l.b.dev)
		if err != nil {
			return err
		}
		return netlink.LinkDel(link)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-srv.done
	if srv.err == nil || srv.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(srv.stderr.String(), "interface was removed") {
		t.Errorf("%v\n%s", srv.err, srv.stderr.String())
	}
}

// What had arrived at a signal is answered over AF_XDP too: also what is still in the rings then.
func TestKVTerminate(t *testing.T) {
	l := newLab(t)
	srv := l.b.startKV(t)
	var all []net.Conn
	value := strings.Repeat("v", 10_000)
	reply := "$10000\r\n" + value + "\r\n"
	for range 20 {
		conn := l.a.dialKV(t, l.b.l4)
		exchange(t, conn, "SET k "+value+"\r\n", "+OK\r\n")
		all = append(all, conn)
	}
	waits := l.a.dialKV(t, l.b.l4)
	exchange(t, waits, "PING\r\nBLPOP list 0\r\n", "+PONG\r\n")
	srv.signal(syscall.SIGSTOP)
	for _, conn := range all {
		if _, err := io.WriteString(conn, strings.Repeat("GET k\r\n", 10)); err != nil {
			t.Fatal(err)
		}
	}
	srv.signal(syscall.SIGTERM)
	srv.signal(syscall.SIGCONT)
	for _, conn := range all {
		want(t, conn, strings.Repeat(reply, 10))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("after the replies: %d bytes, %v", n, err)
		}
	}
	<-srv.done
	if srv.err != nil {
		t.Errorf("%v\n%s", srv.err, srv.stderr.String())
	}
}

// Clients that half-close, send garbage, or vanish are dealt with as over kernel sockets, and a thousand are served at once.
func TestKVClients(t *testing.T) {
	l := newLab(t)
	srv := l.b.startKV(t)
	half := l.a.dialKV(t, l.b.l4)
	if _, err := io.WriteString(half, "PING\r\nECHO x\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(half); err != nil || string(got) != "+PONG\r\n$1\r\nx\r\n" {
		t.Errorf("half-closed: %q, %v", got, err)
	}
	bad := l.a.dialKV(t, l.b.l4)
	if _, err := io.WriteString(bad, "*x\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(bad); err != nil || string(got) != "-ERR Protocol error: invalid multibulk length\r\n" {
		t.Errorf("garbage: %q, %v", got, err)
	}
	gone := l.a.dialKV(t, l.b.l4)
	exchange(t, gone, "PING\r\nBLPOP list 0\r\n", "+PONG\r\n")
	if err := errors.Join(gone.SetLinger(0), gone.Close()); err != nil {
		t.Fatal(err)
	}
	var all []net.Conn
	for range 1000 {
		all = append(all, l.a.dialKV(t, l.b.l4))
	}
	for i, conn := range all {
		exchange(t, conn, fmt.Sprintf("SET key%d %d\r\n", i, i), "+OK\r\n")
	}
	big := bytes.Repeat([]byte("b"), 8<<20)
	exchange(t, all[0], fmt.Sprintf("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n%s\r\n", len(big), big), "+OK\r\n")
	exchange(t, all[1], "GET big\r\n", fmt.Sprintf("$%d\r\n%s\r\n", len(big), big))
	for i, conn := range all {
		text := fmt.Sprint(i)
		exchange(t, conn, "GET key"+text+"\r\n", fmt.Sprintf("$%d\r\n%s\r\n", len(text), text))
	}
	info := "# Clients\r\nconnected_clients:1000\r\n"
	for end := time.Now().Add(limit); ; {
		if _, err := io.WriteString(all[0], "INFO clients\r\n"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 4096)
		n, err := all[0].Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b[:n]), info) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("a session is left: %s", b[:n])
		}
	}
	srv.stop(t)
}
