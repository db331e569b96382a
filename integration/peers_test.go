package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Bytes of messages. Datagrams over 1472 are fragmented, and none is longer than 65507.
var (
	sizes     = []int{1, 64, 1460, 1461, 65536, 1 << 20}
	datagrams = []int{1, 64, 1472, 1473, 8192, 65507}
)

func family(v6 bool) string {
	if v6 {
		return "IPv6"
	}
	return "IPv4"
}

func random(n int) []byte {
	rng := rand.NewChaCha8([32]byte{byte(n)})
	b := make([]byte, n)
	rng.Read(b)
	return b
}

// socat sends data to addr (TCP) and returns what comes back until the end.
func (h *host) socat(t *testing.T, addr string, data []byte) string {
	t.Helper()
	out, stderr, err := h.run(t, bytes.NewReader(data), "socat", "-t", "30", "-", "TCP:"+addr)
	if err != nil {
		t.Fatalf("socat %s: %v\n%s", addr, err, stderr)
	}
	return out
}

// Kernel clients, socat and netcat, against the server over AF_XDP: byte-exact, TCP and UDP, IPv4 and IPv6; ping answers.
func TestKernelClient(t *testing.T) {
	l := newLab(t)
	for _, v6 := range []bool{false, true} {
		t.Run("tcp/"+family(v6), func(t *testing.T) {
			addr := hostPort(l.b.addr(v6), 7)
			srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr)...)
			for _, n := range sizes {
				data := random(n)
				if got := l.a.socat(t, addr, data); got != string(data) {
					t.Errorf("socat, %d bytes: %d came back, equal %v", n, len(got), got == string(data))
				}
				got, stderr, err := l.a.run(t, bytes.NewReader(data), "nc", "-N", l.b.addr(v6), "7")
				if err != nil || got != string(data) {
					t.Errorf("nc, %d bytes: %d came back, equal %v, %v\n%s", n, len(got), got == string(data), err, stderr)
				}
			}
			if out, _, err := l.a.run(t, nil, "ping", "-c", "20", "-i", "0.01", l.b.addr(v6)); err != nil || !strings.Contains(out, " 0% packet loss") {
				t.Errorf("ping: %v\n%s", err, out)
			}
			srv.stop(t)
		})
		t.Run("udp/"+family(v6), func(t *testing.T) {
			addr := hostPort(l.b.addr(v6), 7)
			srv := l.b.startServer(t, append(l.b.afxdp(), "--proto", "udp", "--listen", addr)...)
			for _, n := range datagrams {
				data := random(n)
				out, stderr, err := l.a.run(t, bytes.NewReader(data), "socat", "-b", "65536", "-T", "1", "-", "UDP:"+addr)
				if err != nil || out != string(data) {
					t.Errorf("%d bytes: %d came back, %v\n%s", n, len(out), err, stderr)
				}
			}
			srv.stop(t)
		})
	}
}

// Our client over AF_XDP against a server on kernel sockets, socat.
func TestKernelServer(t *testing.T) {
	l := newLab(t)
	for _, v6 := range []bool{false, true} {
		addr := hostPort(l.a.kernelAddr(v6), 9)
		t.Run("tcp/"+family(v6), func(t *testing.T) {
			kind := "TCP4-LISTEN"
			if v6 {
				kind = "TCP6-LISTEN"
			}
			l.a.start(t, "socat", "-d", "-d", "-b", "65536", kind+":9,fork,reuseaddr", "EXEC:cat").says(t, "listening on")
			for _, n := range sizes {
				l.b.client(t, 20, append(l.b.afxdp(), "--connect", addr, "--size", fmt.Sprint(n))...)
			}
		})
		t.Run("udp/"+family(v6), func(t *testing.T) {
			kind := "UDP4-RECVFROM"
			if v6 {
				kind = "UDP6-RECVFROM"
			}
			// Each datagram goes into a pipe and out again, whole.
			l.a.start(t, "socat", "-d", "-d", "-b", "65536", kind+":9,fork", "PIPE").says(t, "receiving on")
			for _, n := range datagrams {
				l.b.client(t, 20, append(l.b.afxdp(), "--proto", "udp", "--connect", addr, "--size", fmt.Sprint(n))...)
			}
		})
	}
}

// Both ends over AF_XDP.
func TestBothAFXDP(t *testing.T) {
	l := newLab(t)
	for _, proto := range []string{"tcp", "udp"} {
		for _, v6 := range []bool{false, true} {
			t.Run(proto+"/"+family(v6), func(t *testing.T) {
				addr := hostPort(l.b.addr(v6), 7)
				srv := l.b.startServer(t, append(l.b.afxdp(), "--proto", proto, "--listen", addr)...)
				ns := sizes
				if proto == "udp" {
					ns = datagrams
				}
				for _, n := range ns {
					l.a.client(t, 50, append(l.a.afxdp(), "--proto", proto, "--connect", addr, "--size", fmt.Sprint(n))...)
				}
				srv.stop(t)
			})
		}
	}
}

// While the libOS is under load, the kernel's own address on the same interface answers ping and TCP without loss.
func TestKernelTrafficBeside(t *testing.T) {
	l := newLab(t)
	addr := hostPort(l.b.l4, 7)
	srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr)...)
	own := l.b.startServer(t, "--libos", "kernel", "--listen", hostPort(l.b.v4, 8))
	load := l.a.start(t, echoBinary(t), "client", "--connect", addr, "--conns", "8", "--duration", "1m")
	for range 5 {
		out, _, err := l.a.run(t, nil, "ping", "-c", "40", "-i", "0.01", "-W", "5", l.b.v4)
		if err != nil || !strings.Contains(out, " 0% packet loss") {
			t.Errorf("ping beside load: %v\n%s", err, out)
		}
		l.a.client(t, 200, "--connect", hostPort(l.b.v4, 8), "--size", "4096")
	}
	select {
	case <-load.done:
		t.Errorf("the load ended early: %v\n%s", load.err, load.stderr.String())
	default:
	}
	load.stop(t)
	own.stop(t)
	srv.stop(t)
}
