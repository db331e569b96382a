package afxdp

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/catamaran-os/catamaran/internal/netnstest"
)

const xdpRedirect = 4 // enum xdp_action of include/uapi/linux/bpf.h

// TestFilter runs the program over crafted frames with BPF_PROG_TEST_RUN, which takes no packet shorter than 14 bytes and
// says that it came in on queue 0.
func TestFilter(t *testing.T) {
	w := newWire(t, 1, 1500)
	other4, other6 := netip.MustParseAddr("10.99.0.77"), netip.MustParseAddr("fd99::77")
	second4 := netip.MustParseAddr("192.0.2.200")
	d := w.a.mustOpen(t, small(nameA, ipA, second4, ip6A), 0)

	allNodes := netip.MustParseAddr("ff02::1")
	broadcast := netip.MustParseAddr("255.255.255.255")
	vlan := slices.Concat(macA, macB, []byte{0x81, 0, 0, 5}, ipv4(ipB, ipA, 8)[12:])
	change := func(f []byte, at int, b byte) []byte { f[at] = b; return f }

	for _, c := range []struct {
		name  string
		frame []byte
		ours  bool
		need  int // bytes that the program needs to decide; less is not ours. 0: do not cut
	}{
		{"arp request for us", arp(1, ipB, ipA), true, 42},
		{"arp reply to us", arp(2, ipB, ipA), true, 42},
		{"arp request for our second address", arp(1, ipB, second4), true, 42},
		{"arp request for another", arp(1, ipB, other4), false, 0},
		{"arp from us", arp(1, ipA, other4), false, 0},
		{"arp of another hardware", change(arp(1, ipB, ipA), 15, 6), false, 0},
		{"arp for another protocol", change(arp(1, ipB, ipA), 16, 9), false, 0},
		{"arp with long addresses", change(arp(1, ipB, ipA), 18, 20), false, 0},
		{"ipv4 to us", ipv4(ipB, ipA, 8), true, 34},
		{"ipv4 to our second address", ipv4(ipB, second4, 0), true, 34},
		{"ipv4 to another", ipv4(ipB, other4, 8), false, 0},
		{"ipv4 from us", ipv4(ipA, ipB, 8), false, 0},
		{"ipv4 broadcast", ipv4(ipB, broadcast, 8), false, 0},
		{"ipv4 in a vlan", vlan, false, 0},
		{"ipv6 to us", ipv6(ip6A, ip6A, 17, make([]byte, 8)), true, 54},
		{"ipv6 to another", ipv6(ip6A, other6, 17, make([]byte, 8)), false, 0},
		{"solicitation by multicast", solicit(135, solicitedNode(ip6A), ip6A), true, 78},
		{"solicitation by unicast", solicit(135, ip6A, ip6A), true, 54},
		{"solicitation for another", solicit(135, solicitedNode(other6), other6), false, 0},
		{"solicitation for us to another", solicit(135, other6, ip6A), false, 0},
		{"advertisement to all", solicit(136, allNodes, ip6A), false, 0},
		{"udp that looks like a solicitation", change(solicit(135, solicitedNode(ip6A), ip6A), 20, 17), false, 0},
		{"another protocol", ether(macA, macB, 0x88b5, make([]byte, 100)), false, 0},
	} {
		check := func(f []byte, ours bool) {
			t.Helper()
			got, err := d.program.prog.Run(&ebpf.RunOptions{Data: f})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			want := uint32(xdpPass)
			if ours {
				want = xdpRedirect
			}
			if got != want {
				t.Errorf("%s, %d bytes: action %d, want %d", c.name, len(f), got, want)
			}
		}
		check(c.frame, c.ours)
		for n := 14; n < c.need; n++ {
			check(c.frame[:n:n], false)
		}
		if c.need > 0 {
			check(c.frame[:c.need:c.need], true)
		}
	}
}

// TestFilterWithoutSocket shows that a queue without XSK stays the kernel's.
func TestFilterWithoutSocket(t *testing.T) {
	netnstest.NeedRoot(t)
	p, err := loadProgram([]netip.Addr{ipA}, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	got, err := p.prog.Run(&ebpf.RunOptions{Data: ipv4(ipB, ipA, 8)})
	if err != nil || got != xdpPass {
		t.Errorf("action %d, %v; want %d", got, err, xdpPass)
	}
}
