package afxdp

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Crafted frames. Checksums are left zero: neither the program nor the device looks at them.

func ether(dst, src []byte, kind uint16, payload []byte) []byte {
	f := slices.Concat(dst, src)
	f = binary.BigEndian.AppendUint16(f, kind)
	return append(f, payload...)
}

func arp(op uint16, sender, target netip.Addr) []byte {
	p := []byte{0, 1, 8, 0, 6, 4}
	p = binary.BigEndian.AppendUint16(p, op)
	p = slices.Concat(p, macB, sender.AsSlice(), make([]byte, 6), target.AsSlice())
	return ether([]byte{255, 255, 255, 255, 255, 255}, macB, 0x0806, p)
}

func ipv4(src, dst netip.Addr, payload int) []byte {
	p := make([]byte, 20+payload)
	p[0], p[8], p[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(p[2:], uint16(len(p)))
	copy(p[12:], src.AsSlice())
	copy(p[16:], dst.AsSlice())
	return ether(macA, macB, 0x0800, p)
}

func ipv6(src, dst netip.Addr, next byte, payload []byte) []byte {
	p := make([]byte, 40)
	p[0], p[6], p[7] = 0x60, next, 255
	binary.BigEndian.PutUint16(p[4:], uint16(len(payload)))
	copy(p[8:], src.AsSlice())
	copy(p[24:], dst.AsSlice())
	return ether(macA, macB, 0x86dd, append(p, payload...))
}

// solicit is a neighbour solicitation for target, or another ICMPv6 message that looks like one.
func solicit(kind byte, dst, target netip.Addr) []byte {
	p := make([]byte, 8)
	p[0] = kind
	return ipv6(netip.MustParseAddr("fd99::2"), dst, 58, append(p, target.AsSlice()...))
}

// solicitedNode is the multicast address that solicitations for a go to (RFC 4291 section 2.7.1).
func solicitedNode(a netip.Addr) netip.Addr {
	m := netip.MustParseAddr("ff02::1:ff00:0").As16()
	b := a.As16()
	copy(m[13:], b[13:])
	return netip.AddrFrom16(m)
}
