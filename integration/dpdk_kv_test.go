//go:build dpdk && linux && cgo

package integration

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/libos"
)

// A kvserver over memif or vhost-user serves clients of a runtime of this process: a thousand at once, pipelines, values of
// megabytes, and it answers at SIGTERM what has arrived.
func TestDPDKKV(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWire(t, kind)
			addr := hostPort(w.b.l4, 6379)
			srv := w.b.start(t, dpdkBinary(t, "kvserver"), append(w.b.dpdk(w.server), "--listen", addr)...)
			if line, ok := <-srv.lines; !ok || !strings.HasPrefix(line, "listening tcp ") {
				<-srv.done
				t.Fatalf("kvserver: %q, %v\n%s", line, srv.err, srv.stderr.String())
			}
			rt, err := api.Open(api.Config{LibOS: api.DPDK, EAL: testEAL, Port: unique(w.client), Addrs: []netip.Prefix{
				netip.MustParsePrefix(w.a.prefix4)}})
			if err != nil {
				t.Fatal(err)
			}
			closed := false
			defer func() {
				if !closed {
					rt.Close()
				}
			}()
			s := service{rt.Runtime}
			conns := make([]*stream, 1000)
			for i := range conns {
				conns[i] = s.dial(t, netip.MustParseAddrPort(addr))
			}
			for i, c := range conns {
				c.push(t, fmt.Sprintf("SET key%d %d\r\n", i, i))
			}
			for _, c := range conns {
				c.want(t, "+OK\r\n")
			}
			const pipelined = 100
			rounds := 10 // a million requests
			if testing.Short() || kind != "memif" {
				rounds = 1
			}
			for range rounds {
				for i, c := range conns {
					c.push(t, strings.Repeat(fmt.Sprintf("GET key%d\r\n", i), pipelined))
				}
				for i, c := range conns {
					text := fmt.Sprint(i)
					c.want(t, strings.Repeat(fmt.Sprintf("$%d\r\n%s\r\n", len(text), text), pipelined))
				}
			}
			for i, n := range sizes {
				value := random(n)
				conns[i].push(t, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$%d\r\n%s\r\nGET v\r\n", n, value))
				conns[i].want(t, fmt.Sprintf("+OK\r\n$%d\r\n%s\r\n", n, value))
			}
			big := bytes.Repeat(random(1<<10), 8<<10)
			conns[0].push(t, fmt.Sprintf("*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$%d\r\n%s\r\n", len(big), big))
			conns[0].want(t, "+OK\r\n")
			conns[1].push(t, "GET big\r\n")
			conns[1].want(t, fmt.Sprintf("$%d\r\n%s\r\n", len(big), big))

			conns[2].push(t, "SET k "+strings.Repeat("v", 10_000)+"\r\n")
			conns[2].want(t, "+OK\r\n")
			srv.signal(syscall.SIGSTOP)
			conns[2].push(t, strings.Repeat("GET k\r\n", 10))
			for range 100 {
				rt.Poll()
			}
			srv.signal(syscall.SIGTERM)
			srv.signal(syscall.SIGCONT)
			conns[2].want(t, strings.Repeat("$10000\r\n"+strings.Repeat("v", 10_000)+"\r\n", 10))
			for running := true; running; {
				rt.Poll()
				select {
				case <-srv.done:
					running = false
				default:
				}
			}
			if srv.err != nil {
				t.Errorf("%v\n%s", srv.err, srv.stderr.String())
			}
			closed = true
			if err := rt.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// unique gives the first device of arguments a number that no other of this process has.
func unique(devargs string) string {
	name, args, _ := strings.Cut(devargs, ",")
	return fmt.Sprintf("%s%d,%s", strings.TrimRight(name, "0123456789"), portNumbers.Add(1), args)
}

// A stream is a connection of a service.
type stream struct {
	service
	qd  libos.QD
	got []byte
}

func (s service) dial(t *testing.T, to netip.AddrPort) *stream {
	t.Helper()
	qd, err := s.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
	if err != nil {
		t.Fatal(err)
	}
	qt, err := s.Connect(qd, to)
	s.wait(t, qt, err)
	return &stream{service: s, qd: qd}
}

func (c *stream) push(t *testing.T, text string) {
	t.Helper()
	qt, err := c.Push(c.qd, libos.Bytes([]byte(text)))
	c.wait(t, qt, err)
}

// want receives text, and fails the test if something else comes.
func (c *stream) want(t *testing.T, text string) {
	t.Helper()
	for len(c.got) < len(text) {
		qt, err := c.Pop(c.qd)
		res := c.wait(t, qt, err)
		if res.N == 0 {
			t.Fatalf("the stream ended after %d bytes of %d", len(c.got), len(text))
		}
		c.got = append(c.got, res.SGA.Flat()...)
		if err := c.Free(res.SGA); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.got[:len(text)]; string(got) != text {
		t.Fatalf("got %.100q, want %.100q", got, text)
	}
	c.got = c.got[len(text):]
}
