package scripttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// scriptISN is the sequence number of SYNs that scripts send: the space wraps after some hundred bytes.
const scriptISN = 1<<32 - 300

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
			return x.buildARP(p), nil
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
	f := x.ethernet(p, typ, b)
	return f[:min(len(f), p.number("cut", len(f)))], nil
}

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

func (x *names) buildTCP(p *packet) ([]byte, error) {
	src, err := x.ports.number(p.src)
	if err != nil {
		return nil, err
	}
	dst, err := x.ports.number(p.dst)
	if err != nil {
		return nil, err
	}
	there, back := [2]station{p.src, p.dst}, [2]station{p.dst, p.src}
	if _, ok := x.isn[there]; !ok {
		x.isn[there] = scriptISN
	}
	options, err := buildOptions(p.word("opts"))
	if err != nil {
		return nil, err
	}
	if s, ok := p.get("sack"); ok {
		options = x.sackOption(s, back)
	}
	var flags header.TCPFlags
	for i, bit := range tcpFlagBits {
		if strings.IndexByte(p.kind, tcpFlags[i]) >= 0 {
			flags |= bit
		}
	}
	var first, end uint32
	if s, ok := p.get("seq"); ok {
		first, end, _ = parseRange(s) // checked by parsePacket
	}
	b := make([]byte, header.TCPMinimumSize)
	header.TCP(b).Encode(&header.TCPFields{
		SrcPort: src, DstPort: dst, SeqNum: x.isn[there] + first, Flags: flags,
		DataOffset: uint8(len(b) + len(options)), WindowSize: uint16(p.number("win", 65535)),
	})
	if v, ok := p.get("ack"); ok {
		n, _ := strconv.ParseUint(v, 10, 32)
		header.TCP(b).SetAckNumber(x.isn[back] + uint32(n))
	}
	off := int(first) - 1
	if flags&header.TCPFlagSyn != 0 {
		off = 0
	}
	return slices.Concat(b, options, pattern(p.src.host, off, int(end-first))), nil
}

// sackOption selectively acknowledges ranges of what the other side has sent.
func (x *names) sackOption(s string, back [2]station) []byte {
	parts := strings.Split(s, ",")
	o := []byte{header.TCPOptionNOP, header.TCPOptionNOP, header.TCPOptionSACK, byte(2 + 8*len(parts))}
	for _, r := range parts {
		first, end, _ := parseRange(r) // checked by parsePacket
		o = binary.BigEndian.AppendUint32(o, x.isn[back]+first)
		o = binary.BigEndian.AppendUint32(o, x.isn[back]+end)
	}
	return o
}

// buildOptions builds the options of a SYN: some of mss:N, sack, ws:N. Timestamps would have to be in each packet.
func buildOptions(s string) (o []byte, err error) {
	if s == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(part, ":")
		n := uint64(0)
		if value != "" {
			if n, err = strconv.ParseUint(value, 10, 16); err != nil {
				return nil, fmt.Errorf("option %q: %w", part, err)
			}
		}
		switch key {
		case "mss":
			o = append(o, header.TCPOptionMSS, 4, byte(n>>8), byte(n))
		case "sack":
			o = append(o, header.TCPOptionNOP, header.TCPOptionNOP, header.TCPOptionSACKPermitted, 2)
		case "ws":
			o = append(o, header.TCPOptionNOP, header.TCPOptionWS, 3, byte(n))
		default:
			return nil, fmt.Errorf("unknown option %q", part)
		}
	}
	return o, nil
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

func (x *names) buildICMP(p *packet, quoted []byte) ([]byte, error) {
	for _, m := range messages {
		if m.kind != p.kind {
			continue
		}
		b := make([]byte, 8)
		b[0] = m.typ[x.family]
		if m.codes == nil {
			binary.BigEndian.PutUint16(b[4:], uint16(p.number("id", 1)))
			binary.BigEndian.PutUint16(b[6:], uint16(p.number("seq", 1)))
			return append(b, pattern(p.src.host, 0, p.number("len", 0))...), nil
		}
		code, ok := m.codes[p.word("code")]
		if !ok || code[x.family] < 0 {
			return nil, fmt.Errorf("%s has no code %q in %v", p.kind, p.word("code"), x.family)
		}
		if quoted == nil {
			return nil, fmt.Errorf("%s: %s has sent nothing that it could be about", p.kind, p.dst.host)
		}
		b[1] = byte(code[x.family])
		return append(b, quoted...), nil
	}
	return nil, fmt.Errorf("cannot make a packet of kind %q", p.kind)
}

func (x *names) buildARP(p *packet) []byte {
	b := make(header.ARP, header.ARPSize)
	b.SetIPv4OverEthernet()
	b.SetOp(header.ARPRequest)
	target := p.word("target")
	if p.kind == "is-at" {
		b.SetOp(header.ARPReply)
		target = p.dst.host
	}
	copy(b.HardwareAddressSender(), mac(byte(p.number("mac", int(hosts[p.src.host])))))
	copy(b.ProtocolAddressSender(), x.family.addr(p.src.host).AsSlice())
	copy(b.ProtocolAddressTarget(), x.family.addr(target).AsSlice())
	return x.ethernet(p, header.ARPProtocolNumber, b)
}

// buildND builds a neighbor solicitation, or an advertisement that is an answer and overrides what was known (RFC 4861
// section 4.4), both with the sender's link-layer address.
func (x *names) buildND(p *packet) []byte {
	b := make([]byte, 8, 32)
	b[0] = byte(header.ICMPv6NeighborSolicit)
	option := byte(1) // source link-layer address
	if p.kind == "is-at" {
		b[0], b[4] = byte(header.ICMPv6NeighborAdvert), 0x60
		option = 2 // target link-layer address
	}
	b = append(b, x.family.addr(p.word("target")).AsSlice()...)
	b = append(b, option, 1)
	return append(b, mac(byte(p.number("mac", int(hosts[p.src.host]))))...)
}
