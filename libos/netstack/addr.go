package netstack

import (
	"net/netip"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// family is what differs between the two address families.
type family struct {
	proto tcpip.NetworkProtocolNumber
	zero  netip.Addr // the wildcard address
}

var (
	familyV4 = &family{header.IPv4ProtocolNumber, netip.IPv4Unspecified()}
	familyV6 = &family{header.IPv6ProtocolNumber, netip.IPv6Unspecified()}
)

func familyOf(a netip.Addr) *family {
	if a.Is4() {
		return familyV4
	}
	return familyV6
}

// check returns the errno of using a as an address of this family. An IPv4 address mapped into IPv6 belongs to neither,
// since AF_INET6 sockets never carry IPv4.
func (f *family) check(a netip.Addr) error {
	switch {
	case !a.IsValid():
		return syscall.EINVAL
	case a.Is4() != (f == familyV4) || a.Is4In6():
		return syscall.EAFNOSUPPORT
	}
	return nil
}

// local returns a as the stack wants it for a bind: the wildcard address is the empty one. A zone has no meaning, since
// there is one interface.
func local(a netip.AddrPort) tcpip.FullAddress {
	if a.Addr().IsUnspecified() {
		return tcpip.FullAddress{Port: a.Port()}
	}
	return full(a)
}

func full(a netip.AddrPort) tcpip.FullAddress {
	fa := tcpip.FullAddress{Addr: address(a.Addr()), Port: a.Port()}
	if a.Addr().IsLinkLocalUnicast() || a.Addr().IsLinkLocalMulticast() {
		fa.NIC = nicID
	}
	return fa
}

func address(a netip.Addr) tcpip.Address {
	if a.Is4() {
		return tcpip.AddrFrom4(a.As4())
	}
	return tcpip.AddrFrom16(a.As16())
}

// addrPort is the inverse of full and local.
func (f *family) addrPort(a tcpip.FullAddress) netip.AddrPort {
	addr := f.zero
	switch a.Addr.Len() {
	case 4:
		addr = netip.AddrFrom4(a.Addr.As4())
	case 16:
		addr = netip.AddrFrom16(a.Addr.As16())
	}
	return netip.AddrPortFrom(addr, a.Port)
}

func subnet(p netip.Prefix) tcpip.Subnet {
	return tcpip.AddressWithPrefix{Address: address(p.Addr()), PrefixLen: p.Bits()}.Subnet()
}
