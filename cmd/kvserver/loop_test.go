package main

import (
	"bytes"
	"io"
	"math"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// serveOn makes a server on a runtime that the test's goroutine drives, and returns where it listens.
func serveOn(t *testing.T, rt *api.Runtime, addr string) (*server, netip.AddrPort) {
	t.Helper()
	e := engine.New(engine.Options{Commands: commands.All(), Seed: 1, Clock: time.Now})
	s := newServer(rt, e)
	local, err := s.listen(netip.MustParseAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	s.round()
	return s, local
}

func openKernel(t *testing.T) *api.Runtime {
	t.Helper()
	rt, err := api.Open(api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return rt
}

// stepUntil has the server work until a condition holds.
func (s *server) stepUntil(t *testing.T, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); {
		if _, err := s.step(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

// connectTo connects over the kernel to a server on the test's goroutine.
func connectTo(t *testing.T, s *server, addr netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	before := s.engine.Stats.Connections
	s.stepUntil(t, func() bool { return s.engine.Stats.Connections > before })
	return conn
}

// exchange sends a request and returns how many pushes the server made until all of the reply was there.
func (s *server) exchange(t *testing.T, conn net.Conn, in, out, buf []byte) (rounds int) {
	if _, err := conn.Write(in); err != nil {
		t.Fatal(err)
	}
	for sent := s.engine.Stats.OutputBytes + uint64(len(out)); s.engine.Stats.OutputBytes < sent; rounds++ {
		if _, err := s.step(patience); err != nil {
			t.Fatal(err)
		}
	}
	for n := 0; n < len(out); {
		m, err := conn.Read(buf[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if !bytes.Equal(buf[:len(out)], out) {
		t.Fatalf("%q replies %q, want %q", in, buf[:len(out)], out)
	}
	return rounds
}

// Commands on small values allocate nothing, from the socket to the socket.
func TestAllocs(t *testing.T) {
	rt := openKernel(t)
	s, addr := serveOn(t, rt, "127.0.0.1:0")
	conn := connectTo(t, s, addr)
	value := string(bytes.Repeat([]byte("v"), 64))
	get, got := command("get", "key"), []byte("$64\r\n"+value+"\r\n")
	buf := make([]byte, 64<<10)
	for _, tc := range []struct {
		name    string
		in, out []byte
	}{
		{"SET", command("set", "key", value), []byte("+OK\r\n")},
		{"GET", get, got},
		{"GET of nothing", command("get", "none"), []byte("$-1\r\n")},
		{"16 GETs", bytes.Repeat(get, 16), bytes.Repeat(got, 16)},
		{"INCR", append(command("set", "n", "1"), command("incr", "n")...), []byte("+OK\r\n:2\r\n")},
	} {
		f := func() { s.exchange(t, conn, tc.in, tc.out, buf) }
		for range 100 {
			f()
		}
		if n := testing.AllocsPerRun(1000, f); n != 0 && !checked {
			t.Errorf("%s: %v allocations", tc.name, n)
		}
	}
}

// A message to many silent subscribers allocates nothing.
func TestPublishAllocs(t *testing.T) {
	rt := openKernel(t)
	s, addr := serveOn(t, rt, "127.0.0.1:0")
	buf := make([]byte, 4096)
	var all []net.Conn
	for range 20 {
		conn := connectTo(t, s, addr)
		s.exchange(t, conn, command("subscribe", "news"), []byte("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"), buf)
		all = append(all, conn)
	}
	admin := connectTo(t, s, addr)
	publish, message, reply := command("publish", "news", "hello"), command("message", "news", "hello"), []byte(":20\r\n")
	f := func() {
		s.exchange(t, admin, publish, reply, buf)
		for _, conn := range all {
			if n, err := io.ReadFull(conn, buf[:len(message)]); err != nil || !bytes.Equal(buf[:n], message) {
				t.Fatalf("got %q, %v", buf[:n], err)
			}
		}
	}
	for range 100 {
		f()
	}
	if n := testing.AllocsPerRun(200, f); n != 0 && !checked {
		t.Errorf("%v allocations", n)
	}
}

// All replies that a round has for a client are one push.
func TestOnePush(t *testing.T) {
	rt := openKernel(t)
	s, addr := serveOn(t, rt, "127.0.0.1:0")
	conn := connectTo(t, s, addr)
	in, out := bytes.Repeat(command("ping"), 100), bytes.Repeat([]byte("+PONG\r\n"), 100)
	pushes := rt.Stats().Kernel.Sends
	s.exchange(t, conn, in, out, make([]byte, 4096))
	if n := rt.Stats().Kernel.Sends - pushes; n != 1 {
		t.Errorf("%d sends for the replies to one write", n)
	}
}

// A server has no timed work while nothing moves and no key expires.
func TestIdleTimeout(t *testing.T) {
	rt := openKernel(t)
	s, addr := serveOn(t, rt, "127.0.0.1:0")
	conn := connectTo(t, s, addr)
	if got := s.timeout(); got != api.Forever {
		t.Fatalf("a server that nobody has used waits for %v", got)
	}
	buf := make([]byte, 100)
	s.exchange(t, conn, command("set", "k", "v"), []byte("+OK\r\n"), buf)
	// The sweep comes once, and gives up what the connection holds.
	s.stepUntil(t, func() bool { return len(s.warm) == 0 })
	if got := s.timeout(); got != api.Forever {
		t.Fatalf("an idle server waits for %v", got)
	}
	for _, c := range s.conns {
		if n := c.session.Out.Cap(); n != 0 {
			t.Errorf("an idle client has a reply buffer of %d bytes", n)
		}
	}
	s.exchange(t, conn, command("set", "k", "v", "px", "300"), []byte("+OK\r\n"), buf)
	if got := s.timeout(); got == api.Forever || got > 101*time.Millisecond {
		t.Errorf("a server with keys that expire waits for %v", got)
	}
	s.stepUntil(t, func() bool { return s.engine.Store.DB(0).Len() == 0 }) // nobody reads it
	s.stepUntil(t, func() bool { return s.tickAt == math.MaxInt64 && len(s.warm) == 0 })
	if got := s.timeout(); got != api.Forever {
		t.Errorf("when all keys have expired it waits for %v", got)
	}
}

// The loop leaves no descriptor behind, however its clients go.
func TestLoopClosesAll(t *testing.T) {
	files := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	rt := openKernel(t)
	s, addr := serveOn(t, rt, "127.0.0.1:0")
	before := files()
	for i := range 50 {
		conn := connectTo(t, s, addr)
		if i%2 == 0 {
			if _, err := conn.Write([]byte("*2\r\n$3\r\nGET")); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.stepUntil(t, func() bool { return len(s.conns) == 0 && len(s.closes) == 0 })
	if n := s.engine.Clients(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	for range 100 { // what lingers is closed by the engine
		rt.Poll()
	}
	if after := files(); after > before {
		t.Errorf("%d descriptors before and %d after", before, after)
	}
}
