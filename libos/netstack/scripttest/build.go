package scripttest

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

func (p *packet) number(key string, otherwise int) int {
	v, ok := p.get(key)
	if !ok {
		return otherwise
	}
	n, _ := strconv.Atoi(v) // checked by parsePacket
	return n
}

// build returns the frame of an injected packet. quoted is the IP packet that ICMP errors are about.
func (x *names) build(p *packet, quoted []byte) ([]byte, error) {
	var proto uint8
	var b []byte
	var err error
	switch {
	case p.tcp():
		proto, b = protoTCP, nil
		b, err = x.buildTCP(p)
	case p.kind == "udp":
		proto = protoUDP
		b, err = x.buildUDP(p)
	case p.kind == "protocol":
		n, bad := strconv.ParseUint(p.word("proto"), 10, 8)
		proto, b, err = uint8(n), make([]byte, 8), bad
	case p.kind == "who-has" || p.kind == "is-at":
		if x.family == V4 {
			return p.short(x.buildARP(p)), nil
		}
		proto, b = protoICMPv6, x.buildND(p)
	default:
		proto = protoICMP
		if x.family == V6 {
			proto = protoICMPv6
		}
		b, err = x.buildICMP(p, quoted)
	}
	if err != nil {
		return nil, err
	}
	src, dst := x.address(p.src.host), x.destination(p)
	if at, ok := map[uint8]int{protoTCP: 16, protoUDP: 6, protoICMP: 2, protoICMPv6: 2}[proto]; ok {
		sum := uint16(0)
		if proto != protoICMP {
			sum = header.PseudoHeaderChecksum(tcpip.TransportProtocolNumber(proto), src, dst, uint16(len(b)))
		}
		sum = ^checksum.Checksum(b, sum)
		if p.word("sum") == "bad" {
			sum++
		}
		binary.BigEndian.PutUint16(b[at:], sum)
	}
	typ, b := header.IPv4ProtocolNumber, x.buildIP(p, proto, src, dst, b)
	if x.family == V6 {
		typ = header.IPv6ProtocolNumber
	}
	return p.short(x.ethernet(p, typ, b)), nil
}

// short is what is left of a frame that is cut.
func (p *packet) short(b []byte) []byte { return b[:min(len(b), p.number("cut", len(b)))] }

func (p *packet) word(key string) string {
	v, _ := p.get(key)
	return v
}

func (x *names) address(host string) tcpip.Address {
	return tcpip.AddrFromSlice(x.family.addr(host).AsSlice())
}

// destination is where a packet goes: to all it is a question about the target (RFC 4861 section 7.2.2).
func (x *names) destination(p *packet) tcpip.Address {
	if p.dst.host == "all" && x.family == V6 {
		return header.SolicitedNodeAddr(x.address(p.word("target")))
	}
	return x.address(p.dst.host)
}

func (x *names) ethernet(p *packet, typ tcpip.NetworkProtocolNumber, payload []byte) []byte {
	dst := mac(hosts[p.dst.host])
	if p.dst.host == "all" && typ == header.IPv6ProtocolNumber {
		dst = []byte(header.EthernetAddressFromMulticastIPv6Address(x.destination(p)))
	} else if p.dst.host == "all" {
		dst = broadcast
	}
	src := mac(byte(p.number("mac", int(hosts[p.src.host]))))
	b := append(append(bytes.Clone(dst), src...), byte(typ>>8), byte(typ))
	return append(b, payload...)
}

// buildIP puts the header before a payload, or before the part of it that a fragment carries.
func (x *names) buildIP(p *packet, proto uint8, src, dst tcpip.Address, payload []byte) []byte {
	var first, end uint32
	more := false
	part, fragment := p.get("part")
	if fragment {
		first, end, _ = parseRange(part) // checked by parsePacket
		more = strings.HasSuffix(part, "+")
		payload = payload[min(int(first), len(payload)):min(int(end), len(payload))]
	}
	id := p.number("id", 1)
	if x.family == V6 {
		if fragment {
			f := make(header.IPv6Fragment, 8, 8+len(payload))
			f[0] = proto
			at := uint16(first)
			if more {
				at |= 1
			}
			binary.BigEndian.PutUint16(f[2:], at)
			binary.BigEndian.PutUint32(f[4:], uint32(id))
			proto, payload = uint8(header.IPv6FragmentHeader), append(f, payload...)
		}
		h := make(header.IPv6, header.IPv6MinimumSize)
		h.Encode(&header.IPv6Fields{
			PayloadLength: uint16(p.number("total", len(payload))), TransportProtocol: tcpip.TransportProtocolNumber(proto),
			HopLimit: uint8(p.number("ttl", 255)), SrcAddr: src, DstAddr: dst, // 255: ND asks for it (RFC 4861 section 7.1)
		})
		h[0] = h[0]&0xf | byte(p.number("version", 6))<<4
		return append(h, payload...)
	}
	h := make(header.IPv4, header.IPv4MinimumSize)
	h.Encode(&header.IPv4Fields{
		TotalLength: uint16(p.number("total", len(h)+len(payload))), ID: uint16(id), TTL: uint8(p.number("ttl", 64)),
		Protocol: proto, SrcAddr: src, DstAddr: dst, FragmentOffset: uint16(first),
	})
	if more {
		h.SetFlagsFragmentOffset(header.IPv4FlagMoreFragments, uint16(first))
	}
	h[0] = byte(p.number("version", 4))<<4 | byte(p.number("ihl", 5))
	sum := ^checksum.Checksum(h, 0) // of 20 bytes: with another ihl that is what matters
	if p.word("ipsum") == "bad" {
		sum++
	}
	h.SetChecksum(sum)
	return append(h, payload...)
}

func (x *names) buildUDP(p *packet) ([]byte, error) {
	src, err := x.ports.number(p.src)
	if err != nil {
		return nil, err
	}
	dst, err := x.ports.number(p.dst)
	if err != nil {
		return nil, err
	}
	n := p.number("len", 0)
	b := make([]byte, header.UDPMinimumSize, header.UDPMinimumSize+n)
	header.UDP(b).Encode(&header.UDPFields{SrcPort: src, DstPort: dst, Length: uint16(len(b) + n)})
	return append(b, pattern(p.src.host, 0, n)...), nil
}
