package integration

import (
	"net"
	"os"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A kernel that connects to a port of ours that nobody listens on, or that sends a datagram there, is told at once.
func TestKernelRefused(t *testing.T) {
	l := newLab(t)
	for _, v6 := range []bool{false, true} {
		t.Run(family(v6), func(t *testing.T) {
			srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", hostPort(l.b.addr(v6), 7))...)
			for _, network := range []string{"TCP:", "UDP:"} {
				out, stderr, err := l.a.run(t, strings.NewReader("hello"), "socat", "-t", "30", "-", network+hostPort(l.b.addr(v6), 8))
				if err == nil || !strings.Contains(stderr, "Connection refused") {
					t.Errorf("%s: %v, %q\n%s", network, err, out, stderr)
				}
			}
			srv.stop(t)
		})
	}
}

// What the kernel says of a destination ends our connect: RST of a closed port, nobody who answers for the address, and the
// ICMP errors of a router.
func TestConnectFails(t *testing.T) {
	l := newLab(t)
	l.a.route(t)
	for _, c := range []struct {
		name, to, want string
	}{
		{"closed port/IPv4", hostPort(l.a.v4, 9), "refused"},
		{"closed port/IPv6", hostPort(l.a.v6, 9), "refused"},
		{"nobody/IPv4", "10.99.0.77:9", "no route to host"},
		{"nobody/IPv6", "[fd99::77]:9", "no route to host"},
		{"no route/IPv4", "203.0.113.5:9", "network is unreachable"},
		{"no route/IPv6", "[2001:db8::5]:9", "network is unreachable"},
		{"host unreachable/IPv4", "198.51.100.5:9", "no route to host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"client", "--timeout", "1m", "--count", "1", "--connect", c.to,
				"--gateway", l.a.v4, "--gateway", l.a.v6}, l.b.afxdp()...)
			out, stderr, err := l.b.run(t, nil, echoBinary(t), args...)
			if err == nil || !strings.Contains(stderr, c.want) {
				t.Errorf("%v, want %q\n%s%s", err, c.want, out, stderr)
			}
		})
	}
}

// route makes the host a router that has no route but one, which leads nowhere.
func (h *host) route(t *testing.T) {
	t.Helper()
	err := h.Do(func() error {
		// A thread's network namespace is what /proc/sys shows to it.
		for _, f := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
			if err := os.WriteFile("/proc/sys/net/"+f, []byte("1"), 0); err != nil {
				return err
			}
		}
		_, dst, err := net.ParseCIDR("198.51.100.0/24")
		if err != nil {
			return err
		}
		return netlink.RouteAdd(&netlink.Route{Dst: dst, Type: unix.RTN_UNREACHABLE})
	})
	if err != nil {
		t.Fatal(err)
	}
}
