package scripttest

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// hosts are the hosts of a script, with the last byte of their addresses and MACs: a and b, a router x, another host c, and
// nobody n, whom the wire does not answer for. Packets to all go to a group or are broadcast.
var hosts = map[string]byte{"a": 1, "b": 2, "c": 3, "x": 4, "n": 77, "all": 255}

// firstEphemeral is the first port that gVisor chooses by itself (pkg/tcpip/ports.FirstEphemeral). Scripts use lower ones.
const firstEphemeral = 16000

// Family is the family of the addresses of a script.
type Family int

// The families.
const (
	V4 Family = 4
	V6 Family = 6
)

func (f Family) String() string { return fmt.Sprintf("v%d", int(f)) }

// mtu makes the largest TCP payload the same in both families.
func (f Family) mtu() int {
	if f == V4 {
		return 1500
	}
	return 1520
}

// addr returns the address of a host.
func (f Family) addr(host string) netip.Addr {
	if f == V4 {
		return netip.AddrFrom4([4]byte{10, 0, 0, hosts[host]})
	}
	b := [16]byte{0: 0xfd, 15: hosts[host]}
	return netip.AddrFrom16(b)
}

func (f Family) prefix(host string) netip.Prefix {
	if f == V4 {
		return netip.PrefixFrom(f.addr(host), 24)
	}
	return netip.PrefixFrom(f.addr(host), 64)
}

// hostOf is the host of an address, or the address as text.
func hostOf(a netip.Addr) string {
	if a.IsMulticast() {
		return "all"
	}
	for host := range hosts {
		if host != "all" && (a == V4.addr(host) || a == V6.addr(host)) {
			return host
		}
	}
	return a.String()
}

func mac(last byte) []byte { return []byte{2, 0, 0, 0, 0, last} }

var broadcast = []byte{255, 255, 255, 255, 255, 255}

// ports names the ports that stacks have chosen.
type ports map[string][]uint16 // host: the port that p1, p2, ... stands for

// name returns how the trace calls a port.
func (p ports) name(host string, port uint16) string {
	if port < firstEphemeral {
		return strconv.Itoa(int(port))
	}
	i := slices.Index(p[host], port)
	if i < 0 {
		i = len(p[host])
		p[host] = append(p[host], port)
	}
	return fmt.Sprintf("p%d", i+1)
}

// number is the reverse of name.
func (p ports) number(s station) (uint16, error) {
	var i int
	if n, err := fmt.Sscanf(s.port, "p%d", &i); n == 1 && err == nil {
		if i > len(p[s.host]) {
			return 0, fmt.Errorf("%s has not used a port that is called %s yet", s.host, s.port)
		}
		return p[s.host][i-1], nil
	}
	n, err := strconv.ParseUint(s.port, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%v has no port", s)
	}
	return uint16(n), nil
}

// pattern is part of the stream that a host sends, the same on each of its connections.
func pattern(host string, off, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(uint32(off+i)*0x9e3779b1>>24) ^ hosts[host]
	}
	return b
}
