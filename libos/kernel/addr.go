package kernel

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// encode writes addr into the engine's sockaddr for a socket of the given domain. Errors: EINVAL
// (the zero AddrPort), EAFNOSUPPORT (the other family, or an IPv4-mapped address), ENODEV (no interface of the zone's name).
func (e *Engine) encode(fd, domain int, addr netip.AddrPort) unix.Errno {
	ip := addr.Addr()
	if !ip.IsValid() {
		return unix.EINVAL
	}
	if ip.Is4In6() || ip.Is4() != (domain == unix.AF_INET) {
		return unix.EAFNOSUPPORT
	}
	a := &e.name
	binary.NativeEndian.PutUint16(a.b[0:], uint16(domain))
	binary.BigEndian.PutUint16(a.b[2:], addr.Port())
	if ip.Is4() {
		b := ip.As4()
		copy(a.b[4:8], b[:])
		clear(a.b[8:unix.SizeofSockaddrInet4])
		a.n = unix.SizeofSockaddrInet4
		return 0
	}
	var scope uint32
	if zone := ip.Zone(); zone != "" {
		var errno unix.Errno
		if scope, errno = e.scope(fd, zone); errno != 0 {
			return errno
		}
	}
	clear(a.b[4:8]) // flow label
	b := ip.As16()
	copy(a.b[8:24], b[:])
	binary.NativeEndian.PutUint32(a.b[24:], scope)
	a.n = unix.SizeofSockaddrInet6
	return 0
}

// decode reads the engine's sockaddr, which the kernel has filled for fd.
func (e *Engine) decode(fd int) netip.AddrPort {
	a := &e.name
	port := binary.BigEndian.Uint16(a.b[2:])
	if binary.NativeEndian.Uint16(a.b[0:]) == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.b[4:8])), port)
	}
	ip := netip.AddrFrom16([16]byte(a.b[8:24]))
	if scope := binary.NativeEndian.Uint32(a.b[24:]); scope != 0 {
		ip = ip.WithZone(e.zone(fd, scope))
	}
	return netip.AddrPortFrom(ip, port)
}

// scope returns the interface index that a zone stands for: its number or its name. The kernel is asked each time, since
// an interface that is made anew keeps its name and gets another index.
func (e *Engine) scope(fd int, zone string) (uint32, unix.Errno) {
	if n, err := strconv.ParseUint(zone, 10, 31); err == nil {
		return uint32(n), 0
	}
	r := &e.ifreq
	*r = ifreq{}
	if len(zone) >= len(r.name) {
		return 0, unix.ENODEV
	}
	copy(r.name[:], zone)
	if errno := ioctlIfreq(fd, unix.SIOCGIFINDEX, r); errno != 0 {
		return 0, errno
	}
	return uint32(r.index), 0
}

// zone returns the name of an interface, or its index in digits if it is gone. The strings are kept, so that the source
// addresses of datagrams cost no allocation.
func (e *Engine) zone(fd int, scope uint32) string {
	r := &e.ifreq
	*r = ifreq{index: int32(scope)}
	known := e.zones[scope]
	if errno := ioctlIfreq(fd, unix.SIOCGIFNAME, r); errno != 0 {
		if known == "" {
			return strconv.FormatUint(uint64(scope), 10)
		}
		return known
	}
	n := 0
	for n < len(r.name) && r.name[n] != 0 {
		n++
	}
	if known != string(r.name[:n]) {
		known = string(r.name[:n])
		e.zones[scope] = known
	}
	return known
}

// localAddr and remoteAddr ask the kernel.

func (e *Engine) localAddr(fd int) (netip.AddrPort, unix.Errno) {
	if errno := getsockname(fd, &e.name); errno != 0 {
		return netip.AddrPort{}, errno
	}
	return e.decode(fd), 0
}

func (e *Engine) remoteAddr(fd int) (netip.AddrPort, unix.Errno) {
	if errno := getpeername(fd, &e.name); errno != 0 {
		return netip.AddrPort{}, errno
	}
	return e.decode(fd), 0
}
