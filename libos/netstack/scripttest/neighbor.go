package scripttest

import (
	"fmt"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

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
