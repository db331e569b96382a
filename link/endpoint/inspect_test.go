package endpoint

import (
	"encoding/binary"
	"slices"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link"
)

var (
	src4, dst4 = tcpip.AddrFrom4([4]byte{10, 0, 0, 1}), tcpip.AddrFrom4([4]byte{10, 0, 0, 2})
	src6, dst6 = tcpip.AddrFrom16([16]byte{0xfd, 15: 1}), tcpip.AddrFrom16([16]byte{0xfd, 15: 2})
)

// ip4 and ip6 put a header before a transport packet.
func ip4(proto uint8, p []byte) []byte {
	b := make([]byte, 20, 20+len(p))
	header.IPv4(b).Encode(&header.IPv4Fields{
		TotalLength: uint16(20 + len(p)), TTL: 64, Protocol: proto, SrcAddr: src4, DstAddr: dst4,
	})
	header.IPv4(b).SetChecksum(^header.IPv4(b).CalculateChecksum())
	return append(b, p...)
}

func ip6(proto uint8, p []byte) []byte {
	b := make([]byte, 40, 40+len(p))
	header.IPv6(b).Encode(&header.IPv6Fields{
		PayloadLength: uint16(len(p)), TransportProtocol: tcpip.TransportProtocolNumber(proto), HopLimit: 64,
		SrcAddr: src6, DstAddr: dst6,
	})
	return append(b, p...)
}

// transport makes a packet with the right checksum, computed by the stack's functions.
func transport(proto uint8, v6 bool, payload string) []byte {
	src, dst := src4, dst4
	if v6 {
		src, dst = src6, dst6
	}
	switch proto {
	case protoTCP:
		b := make([]byte, 20, 20+len(payload))
		header.TCP(b).Encode(&header.TCPFields{SrcPort: 1, DstPort: 2, DataOffset: 20, Flags: header.TCPFlagAck})
		b = append(b, payload...)
		sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, src, dst, uint16(len(b)))
		header.TCP(b).SetChecksum(^checksum.Checksum(b, sum))
		return b
	case protoUDP:
		b := make([]byte, 8, 8+len(payload))
		header.UDP(b).Encode(&header.UDPFields{SrcPort: 1, DstPort: 2, Length: uint16(8 + len(payload))})
		b = append(b, payload...)
		sum := header.PseudoHeaderChecksum(header.UDPProtocolNumber, src, dst, uint16(len(b)))
		header.UDP(b).SetChecksum(^checksum.Checksum(b, sum))
		return b
	case protoICMP:
		b := append(make([]byte, 8), payload...)
		b[0] = byte(header.ICMPv4Echo)
		header.ICMPv4(b).SetChecksum(^checksum.Checksum(b, 0))
		return b
	}
	b := append(make([]byte, 8), payload...)
	b[0] = byte(header.ICMPv6EchoRequest)
	sum := header.PseudoHeaderChecksum(header.ICMPv6ProtocolNumber, src, dst, uint16(len(b)))
	header.ICMPv6(b).SetChecksum(^checksum.Checksum(b, sum))
	return b
}

// with returns a copy of b that change has been at. fix makes the IPv4 header checksum right again.
func with(b []byte, fix bool, change func(b []byte)) []byte {
	b = slices.Clone(b)
	change(b)
	if fix {
		h := header.IPv4(b)
		h.SetChecksum(0)
		h.SetChecksum(^h.CalculateChecksum())
	}
	return b
}

func set(i int, v byte) func([]byte) { return func(b []byte) { b[i] = v } }
func flip(i int) func([]byte)        { return func(b []byte) { b[i] ^= 1 } }
func set16(i int, v uint16) func(b []byte) {
	return func(b []byte) { binary.BigEndian.PutUint16(b[i:], v) }
}

func TestInspect(t *testing.T) {
	tcp4, udp4 := ip4(protoTCP, transport(protoTCP, false, "hello")), ip4(protoUDP, transport(protoUDP, false, "hello"))
	tcp6, udp6 := ip6(protoTCP, transport(protoTCP, true, "hello")), ip6(protoUDP, transport(protoUDP, true, "hello"))
	ping4, ping6 := ip4(protoICMP, transport(protoICMP, false, "odd")), ip6(protoICMPv6, transport(protoICMPv6, true, "odd"))
	partial := func(b []byte, v6 bool, at int) []byte {
		return with(b, false, func(b []byte) {
			hdr, addrs := 20, b[12:20]
			if v6 {
				hdr, addrs = 40, b[8:40]
			}
			proto := uint8(protoUDP)
			if at == 16 {
				proto = protoTCP
			}
			binary.BigEndian.PutUint16(b[hdr+at:], pseudoSum(addrs, proto, len(b)-hdr))
		})
	}
	ext := func(next uint8, left byte) []byte { // one extension header of 16 bytes before TCP
		return ip6(next, append([]byte{protoTCP, 1, 0, left, 15: 0}, transport(protoTCP, true, "x")...))
	}
	many := transport(protoTCP, true, "x")
	for range maxExtensions + 1 {
		many = append([]byte{protoDestOpts, 0, 7: 0}, many...)
	}
	many[len(many)-21-8] = protoTCP
	for _, c := range []struct {
		name string
		typ  uint16
		b    []byte
		csum link.Csum
		part bool
		want verdict
	}{
		{"tcp4", typeIPv4, tcp4, 0, false, verified},
		{"tcp4 padded", typeIPv4, append(slices.Clone(tcp4), 1, 2, 3), 0, false, verified},
		{"tcp4 bad", typeIPv4, with(tcp4, false, flip(44)), 0, true, badChecksum},
		{"tcp4 bad, device says good", typeIPv4, with(tcp4, false, flip(44)), link.CsumGood, false, verified},
		{"tcp4 good, device says bad", typeIPv4, tcp4, link.CsumBad, true, badChecksum},
		{"tcp4 partial", typeIPv4, partial(tcp4, false, 16), 0, true, unfinished},
		{"tcp4 partial, real device", typeIPv4, partial(tcp4, false, 16), 0, false, badChecksum},
		{"tcp4 options", typeIPv4, with(append(tcp4[:20:20], append(make([]byte, 4), tcp4[20:]...)...), true,
			func(b []byte) { b[0] = 0x46; b[3] += 4 }), 0, false, verified},
		{"udp4", typeIPv4, udp4, 0, false, verified},
		{"udp4 none", typeIPv4, with(udp4, false, set16(26, 0)), 0, false, verified},
		{"udp4 bad", typeIPv4, with(udp4, false, flip(30)), 0, false, badChecksum},
		{"udp4 partial", typeIPv4, partial(udp4, false, 6), 0, true, unfinished},
		{"udp4 too long", typeIPv4, with(udp4, false, set16(24, 14)), 0, false, malformed},
		{"udp4 with a trailer", typeIPv4, with(udp4, false, set16(24, 12)), 0, false, malformed},
		{"ping4", typeIPv4, ping4, 0, false, verified},
		{"ping4 bad", typeIPv4, with(ping4, false, flip(30)), link.CsumGood, true, badChecksum},
		{"header bad", typeIPv4, with(tcp4, false, flip(8)), link.CsumGood, true, badChecksum},
		{"version", typeIPv4, with(tcp4, true, set(0, 0x55)), 0, false, malformed},
		{"ihl", typeIPv4, with(tcp4, false, set(0, 0x44)), 0, false, malformed},
		{"ihl over length", typeIPv4, with(tcp4[:20], false, set(0, 0x4f)), 0, false, malformed},
		{"ttl 0", typeIPv4, with(tcp4, true, set(8, 0)), 0, false, malformed},
		{"total under header", typeIPv4, with(tcp4, true, set16(2, 19)), 0, false, malformed},
		{"total over frame", typeIPv4, tcp4[:len(tcp4)-1], 0, false, tooShort},
		{"runt", typeIPv4, tcp4[:19], 0, false, tooShort},
		{"empty", typeIPv4, nil, 0, false, tooShort},
		{"first fragment", typeIPv4, with(tcp4, true, set(6, 0x20)), 0, false, unverified},
		{"last fragment", typeIPv4, with(tcp4, true, set(7, 1)), link.CsumBad, false, unverified},
		{"don't fragment", typeIPv4, with(tcp4, true, set(6, 0x40)), 0, false, verified},
		{"tcp4 header cut", typeIPv4, ip4(protoTCP, make([]byte, 19)), 0, false, tooShort},
		{"udp4 header cut", typeIPv4, ip4(protoUDP, make([]byte, 7)), 0, false, tooShort},
		{"icmp4 cut", typeIPv4, ip4(protoICMP, make([]byte, 7)), 0, false, tooShort},
		{"icmp6 in ipv4", typeIPv4, ip4(protoICMPv6, make([]byte, 8)), 0, false, unverified},
		{"unknown protocol", typeIPv4, ip4(132, []byte{1}), 0, false, unverified},
		{"tcp6", typeIPv6, tcp6, 0, false, verified},
		{"tcp6 bad", typeIPv6, with(tcp6, false, flip(64)), 0, true, badChecksum},
		{"tcp6 partial", typeIPv6, partial(tcp6, true, 16), 0, true, unfinished},
		{"udp6", typeIPv6, udp6, 0, false, verified},
		{"udp6 none", typeIPv6, with(udp6, false, set16(46, 0)), link.CsumGood, true, badChecksum},
		{"ping6", typeIPv6, ping6, 0, false, verified},
		{"ping6 bad", typeIPv6, with(ping6, false, flip(50)), 0, true, badChecksum},
		{"version 6", typeIPv6, with(tcp6, false, set(0, 0x40)), 0, false, malformed},
		{"length over frame", typeIPv6, tcp6[:len(tcp6)-1], 0, false, tooShort},
		{"runt 6", typeIPv6, tcp6[:39], 0, false, tooShort},
		{"tcp6 without payload length", typeIPv6, with(tcp6, false, set16(4, 0)), 0, false, tooShort},
		{"hop by hop", typeIPv6, ext(protoHopByHop, 0), 0, false, verified},
		{"destination options", typeIPv6, ext(protoDestOpts, 0), 0, false, verified},
		{"hop by hop, bad", typeIPv6, with(ext(protoHopByHop, 0), false, flip(76)), 0, false, badChecksum},
		{"routing, at its end", typeIPv6, ext(protoRouting, 0), 0, false, verified},
		{"routing, on its way", typeIPv6, ext(protoRouting, 1), 0, false, unverified},
		{"fragment 6", typeIPv6, ip6(protoFragment, make([]byte, 16)), 0, false, unverified},
		{"extension cut", typeIPv6, ip6(protoDestOpts, []byte{6, 9, 7: 0}), 0, false, tooShort},
		{"extension runt", typeIPv6, ip6(protoDestOpts, []byte{6}), 0, false, tooShort},
		{"too many extensions", typeIPv6, ip6(protoDestOpts, many), 0, false, unverified},
		{"icmp4 in ipv6", typeIPv6, ip6(protoICMP, make([]byte, 8)), 0, false, unverified},
		{"arp", typeARP, nil, 0, false, unverified},
		{"vlan", 0x8100, tcp4, 0, false, unknownType},
		{"length", 46, tcp4, 0, false, unknownType},
	} {
		if got := inspect(c.typ, c.b, c.csum, c.part); got != c.want {
			t.Errorf("%s: verdict %d, want %d", c.name, got, c.want)
		}
	}
}

// FuzzInspect holds inspect against the stack's own functions: what it says is verified the stack finds right, and what
// it calls a bad checksum the stack finds wrong.
func FuzzInspect(f *testing.F) {
	for _, proto := range []uint8{protoTCP, protoUDP, protoICMP, protoICMPv6} {
		f.Add(false, ip4(proto, transport(proto, false, "seed")))
		f.Add(true, ip6(proto, transport(proto, true, "seed!")))
	}
	f.Fuzz(func(t *testing.T, v6 bool, b []byte) {
		typ := uint16(typeIPv4)
		if v6 {
			typ = typeIPv6
		}
		before := slices.Clone(b)
		got := inspect(typ, b, link.CsumUnknown, false)
		if !slices.Equal(b, before) {
			t.Fatal("the packet was changed")
		}
		if inspect(typ, b, link.CsumUnknown, true) != got && got != badChecksum {
			t.Fatal("a virtual device changes more than bad checksums")
		}
		if got != verified && got != badChecksum {
			return
		}
		right, known := reference(v6, b)
		if known && right != (got == verified) {
			t.Fatalf("verdict %d, and the stack says %v: %x", got, right, b)
		}
	})
}

// reference says what the stack's functions make of the checksums of a packet whose lengths are in order. It does not
// know extension headers.
func reference(v6 bool, b []byte) (right, known bool) {
	var p []byte
	var proto uint8
	src, dst := tcpip.Address{}, tcpip.Address{}
	net := header.IPv4ProtocolNumber
	if v6 {
		h := header.IPv6(b)
		if !h.IsValid(len(b)) {
			return false, false
		}
		net, proto, src, dst = header.IPv6ProtocolNumber, h.NextHeader(), h.SourceAddress(), h.DestinationAddress()
		p = b[40 : 40+int(h.PayloadLength())]
	} else {
		h := header.IPv4(b)
		if !h.IsValid(len(b)) {
			return false, false
		}
		if !h.IsChecksumValid() {
			return false, true
		}
		proto, src, dst = h.Protocol(), h.SourceAddress(), h.DestinationAddress()
		p = b[h.HeaderLength():h.TotalLength()]
	}
	switch proto {
	case protoTCP:
		if len(p) < 20 {
			return false, false
		}
		n := int(header.TCP(p).DataOffset()) // which the stack counts on, and checks later
		if n < 20 || n > len(p) {
			return false, false
		}
		return header.TCP(p[:n]).IsChecksumValid(src, dst, checksum.Checksum(p[n:], 0), uint16(len(p)-n)), true
	case protoUDP:
		if len(p) < 8 {
			return false, false
		}
		if v6 && header.UDP(p).Checksum() == 0 {
			return false, true // the stack lets it pass if the sum happens to be right; RFC 8200 section 8.1 does not
		}
		_, ok := header.UDPValid(header.UDP(p[:8]), func() uint16 { return checksum.Checksum(p[8:], 0) }, uint16(len(p)-8), net, src, dst, false)
		return ok, true
	case protoICMP:
		return checksum.Checksum(p, 0) == 0xffff, !v6
	case protoICMPv6:
		return checksum.Checksum(p, header.PseudoHeaderChecksum(header.ICMPv6ProtocolNumber, src, dst, uint16(len(p)))) == 0xffff, v6
	}
	return false, false
}

func BenchmarkInspect(b *testing.B) {
	p := ip4(protoTCP, transport(protoTCP, false, string(make([]byte, 64))))
	for b.Loop() {
		if inspect(typeIPv4, p, link.CsumUnknown, false) != verified {
			b.Fatal("not verified")
		}
	}
}
