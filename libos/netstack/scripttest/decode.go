package scripttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// tcpFlags are the letters of TCP flags in the order of tcpdump, and tcpFlagBits their bits.
const tcpFlags = "FSRP.UEW"

var tcpFlagBits = [len(tcpFlags)]header.TCPFlags{
	header.TCPFlagFin, header.TCPFlagSyn, header.TCPFlagRst, header.TCPFlagPsh, header.TCPFlagAck, header.TCPFlagUrg, 1 << 6, 1 << 7,
}

// names is what text needs to know of the packets before: how ports are called and where sequence numbers start.
type names struct {
	family Family
	ports  ports
	isn    map[[2]station]uint32 // of each direction
	ids    map[string][]uint32   // of the IP packets that each host has sent in fragments
}

// decode returns a frame that a stack has sent as text, and nil for one that keeps groups in order (MLD, router solicitation),
// which no script is about.
func (x *names) decode(b []byte) (*packet, error) {
	if len(b) < header.EthernetMinimumSize {
		return nil, fmt.Errorf("frame of %d bytes", len(b))
	}
	group, to := b[0]&1 != 0, b[5]
	p, err := x.decodeFrame(header.Ethernet(b), b[header.EthernetMinimumSize:], group)
	if p != nil && !group && to != hosts[p.dst.host] {
		p.set("via", "%d", to)
	}
	return p, err
}

func (x *names) decodeFrame(eth header.Ethernet, b []byte, group bool) (*packet, error) {
	switch eth.Type() {
	case header.ARPProtocolNumber:
		return decodeARP(b, group)
	case header.IPv4ProtocolNumber:
		h := header.IPv4(b)
		if !h.IsValid(len(b)) || !h.IsChecksumValid() {
			return nil, fmt.Errorf("IPv4 header %x", b)
		}
		p := newPacket(h.SourceAddress(), h.DestinationAddress())
		payload := h.Payload()
		if h.More() || h.FragmentOffset() != 0 {
			x.part(p, uint32(h.ID()), int(h.FragmentOffset()), len(payload), h.More(), h.Protocol())
			return p, nil
		}
		return x.decodeTransport(p, h.Protocol(), payload)
	case header.IPv6ProtocolNumber:
		h := header.IPv6(b)
		if !h.IsValid(len(b)) {
			return nil, fmt.Errorf("IPv6 header %x", b)
		}
		p := newPacket(h.SourceAddress(), h.DestinationAddress())
		proto, payload := h.NextHeader(), h.Payload()
		switch proto {
		case uint8(header.IPv6HopByHopOptionsExtHdrIdentifier):
			return nil, nil // MLD: RFC 2710 section 3
		case uint8(header.IPv6FragmentHeader):
			f := header.IPv6Fragment(payload)
			if !f.IsValid() {
				return nil, fmt.Errorf("IPv6 fragment %x", payload)
			}
			x.part(p, f.ID(), int(f.FragmentOffset())*8, len(f.Payload()), f.More(), uint8(f.TransportProtocol()))
			return p, nil
		case protoICMPv6:
			if len(payload) > 0 && payload[0] >= byte(header.ICMPv6RouterSolicit) && payload[0] <= byte(header.ICMPv6RedirectMsg) {
				return decodeND(p, payload, group)
			}
		}
		return x.decodeTransport(p, proto, payload)
	}
	return nil, fmt.Errorf("frame of type %#x", eth.Type())
}

func newPacket(src, dst tcpip.Address) *packet {
	return &packet{src: station{host: hostOf(addrOf(src))}, dst: station{host: hostOf(addrOf(dst))}}
}

func addrOf(a tcpip.Address) netip.Addr {
	addr, _ := netip.AddrFromSlice(a.AsSlice()) // 4 or 16 bytes
	return addr
}

// part makes p a fragment. Identifications start anywhere: those of each host are counted from 1.
func (x *names) part(p *packet, id uint32, off, n int, more bool, proto uint8) {
	p.kind = "fragment"
	i := slices.Index(x.ids[p.src.host], id)
	if i < 0 {
		i = len(x.ids[p.src.host])
		x.ids[p.src.host] = append(x.ids[p.src.host], id)
	}
	p.set("id", "%d", i+1)
	end := ""
	if more {
		end = "+"
	}
	p.set("part", "%d:%d%s", off, off+n, end)
	p.set("proto", "%s", protoName(proto))
}

func protoName(proto uint8) string {
	switch proto {
	case protoTCP:
		return "tcp"
	case protoUDP:
		return "udp"
	case protoICMP, protoICMPv6:
		return "icmp"
	}
	return fmt.Sprint(proto)
}

func decodeARP(b []byte, group bool) (*packet, error) {
	a := header.ARP(b)
	if !a.IsValid() {
		return nil, fmt.Errorf("ARP packet %x", b)
	}
	sender, _ := netip.AddrFromSlice(a.ProtocolAddressSender())
	target, _ := netip.AddrFromSlice(a.ProtocolAddressTarget())
	p := &packet{src: station{host: hostOf(sender)}, dst: station{host: hostOf(target)}, kind: "is-at"}
	if a.Op() == header.ARPReply {
		p.set("target", "%s", p.src.host)
		p.set("mac", "%d", a.HardwareAddressSender()[5])
		return p, nil
	}
	p.kind = "who-has"
	p.set("target", "%s", p.dst.host)
	if group {
		p.dst.host = "all"
	}
	return p, nil
}

// decodeND decodes neighbor solicitations and advertisements (RFC 4861 sections 4.3 and 4.4).
func decodeND(p *packet, b []byte, group bool) (*packet, error) {
	typ := header.ICMPv6Type(b[0])
	if typ != header.ICMPv6NeighborSolicit && typ != header.ICMPv6NeighborAdvert {
		return nil, nil
	}
	if len(b) < 24 {
		return nil, fmt.Errorf("neighbor discovery packet %x", b)
	}
	target, _ := netip.AddrFromSlice(b[8:24])
	p.kind = "who-has"
	if typ == header.ICMPv6NeighborAdvert {
		p.kind = "is-at"
	}
	p.set("target", "%s", hostOf(target))
	if typ == header.ICMPv6NeighborAdvert && len(b) >= 32 {
		p.set("mac", "%d", b[31])
	}
	if group {
		p.dst.host = "all"
	}
	return p, nil
}

func (x *names) decodeTransport(p *packet, proto uint8, b []byte) (*packet, error) {
	switch {
	case proto == protoTCP && len(b) >= header.TCPMinimumSize && int(header.TCP(b).DataOffset()) <= len(b):
		x.decodeTCP(p, header.TCP(b))
	case proto == protoUDP && len(b) >= header.UDPMinimumSize:
		h := header.UDP(b)
		p.src.port, p.dst.port = x.ports.name(p.src.host, h.SourcePort()), x.ports.name(p.dst.host, h.DestinationPort())
		p.kind = "udp"
		p.set("len", "%d", len(h.Payload()))
		p.verify(0, h.Payload())
	case (proto == protoICMP || proto == protoICMPv6) && len(b) >= 8:
		x.decodeICMP(p, b)
	default:
		p.kind = "protocol"
		p.set("proto", "%s", protoName(proto))
	}
	return p, nil
}

// verify tells that a payload is not what the sender was told to send.
func (p *packet) verify(off int, payload []byte) {
	if !bytes.Equal(payload, pattern(p.src.host, off, len(payload))) {
		p.set("payload", "other")
	}
}

func (x *names) decodeTCP(p *packet, h header.TCP) {
	p.src.port, p.dst.port = x.ports.name(p.src.host, h.SourcePort()), x.ports.name(p.dst.host, h.DestinationPort())
	there, back := [2]station{p.src, p.dst}, [2]station{p.dst, p.src}
	if h.Flags()&header.TCPFlagSyn != 0 {
		x.isn[there] = h.SequenceNumber()
	}
	var flags strings.Builder
	for i, bit := range tcpFlagBits {
		if h.Flags()&bit != 0 {
			flags.WriteByte(tcpFlags[i])
		}
	}
	p.kind = "[" + flags.String() + "]"
	seq, payload := h.SequenceNumber()-x.isn[there], h.Payload()
	if n := uint32(len(payload)); n == 0 {
		p.set("seq", "%d", int32(seq))
	} else {
		p.set("seq", "%d:%d", seq, seq+n)
		off := int(seq) - 1
		if h.Flags()&header.TCPFlagSyn != 0 {
			off = 0
		}
		p.verify(off, payload)
	}
	if h.Flags()&header.TCPFlagAck != 0 {
		p.set("ack", "%d", h.AckNumber()-x.isn[back])
	}
	if h.Flags()&header.TCPFlagRst == 0 {
		p.set("win", "%d", h.WindowSize())
	}
	if h.Flags()&header.TCPFlagSyn != 0 {
		p.set("opts", "%s", optionsText(h))
	} else if blocks := h.ParsedOptions().SACKBlocks; len(blocks) > 0 {
		var parts []string
		for _, s := range blocks {
			parts = append(parts, fmt.Sprintf("%d:%d", uint32(s.Start)-x.isn[back], uint32(s.End)-x.isn[back]))
		}
		p.set("sack", "%s", strings.Join(parts, ","))
	}
}

func optionsText(h header.TCP) string {
	o := header.ParseSynOptions(h.Options(), h.Flags()&header.TCPFlagAck != 0)
	parts := []string{fmt.Sprintf("mss:%d", o.MSS)}
	if o.SACKPermitted {
		parts = append(parts, "sack")
	}
	if o.TS {
		parts = append(parts, "ts")
	}
	if o.WS >= 0 {
		parts = append(parts, fmt.Sprintf("ws:%d", o.WS))
	}
	return strings.Join(parts, ",")
}

func (x *names) decodeICMP(p *packet, b []byte) {
	typ, code := b[0], b[1]
	for _, m := range messages {
		if m.typ[x.family] != typ {
			continue
		}
		p.kind = m.kind
		if m.codes == nil {
			p.set("id", "%d", binary.BigEndian.Uint16(b[4:]))
			p.set("seq", "%d", binary.BigEndian.Uint16(b[6:]))
			p.set("len", "%d", len(b)-8)
			return
		}
		name := fmt.Sprint(code)
		for text, c := range m.codes {
			if c[x.family] == int(code) {
				name = text
			}
		}
		p.set("code", "%s", name)
		return
	}
	p.kind = "protocol"
	p.set("proto", "icmp:%d:%d", typ, code)
}

// messages are the ICMP messages that have a name: their types and codes in both families, -1 where there is none.
var messages = []struct {
	kind  string
	typ   map[Family]byte
	codes map[string]map[Family]int
}{
	{"echo-request", map[Family]byte{V4: 8, V6: 128}, nil},
	{"echo-reply", map[Family]byte{V4: 0, V6: 129}, nil},
	{"unreachable", map[Family]byte{V4: 3, V6: 1}, map[string]map[Family]int{ // RFC 792; RFC 4443 section 3.1
		"net": {V4: 0, V6: 0}, "host": {V4: 1, V6: 3}, "protocol": {V4: 2, V6: -1}, "port": {V4: 3, V6: 4}, "prohibited": {V4: 13, V6: 1},
	}},
	{"time-exceeded", map[Family]byte{V4: 11, V6: 3}, map[string]map[Family]int{"hops": {V4: 0, V6: 0}, "reassembly": {V4: 1, V6: 1}}},
	{"bad-parameter", map[Family]byte{V4: 12, V6: 4}, map[string]map[Family]int{"header": {V4: -1, V6: 1}, "field": {V4: 0, V6: 0}}},
}
