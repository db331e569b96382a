package scripttest

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

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
		return x.decodeTransport(p, h.Protocol(), payload, pseudo(h, h.Protocol(), payload))
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
		return x.decodeTransport(p, proto, payload, pseudo(h, proto, payload))
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

// pseudo returns the sum of the header that the checksum of a transport includes.
func pseudo(h header.Network, proto uint8, payload []byte) uint16 {
	if proto == protoICMP {
		return 0
	}
	return header.PseudoHeaderChecksum(tcpip.TransportProtocolNumber(proto), h.SourceAddress(), h.DestinationAddress(), uint16(len(payload)))
}

func (x *names) decodeTransport(p *packet, proto uint8, b []byte, sum uint16) (*packet, error) {
	switch proto {
	case protoTCP, protoUDP, protoICMP, protoICMPv6:
		if checksum.Checksum(b, sum) != 0xffff {
			return nil, fmt.Errorf("wrong checksum: protocol %d, %x", proto, b)
		}
	}
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
