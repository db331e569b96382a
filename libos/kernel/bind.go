package kernel

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// One address on two sockets is EADDRINUSE at the second Bind, and a server can be started again while connections of the
// one before are in TIME_WAIT or still open. Linux gives only one of the two at a time: without SO_REUSEADDR the old
// connections are in the way, and with it two sockets that do not listen yet may share an address (socket(7);
// inet_bind_conflict in net/ipv4/inet_connection_sock.c lets two sockets pass if both have the flag and neither listens).
// The flag is read from both sockets whenever one of them is bound or listens, so it is set only for moments:
//
//	Bind     without the flag. In use, by whatever: again with it, which passes connections of a server that is gone
//	         but no bound socket, since those do not have it. Then it is cleared, so that nobody passes this one.
//	Listen   with the flag, which stays: the kernel looks again, and old connections would be in the way. A listening
//	         socket lets nobody pass. Its connections inherit the flag, and with that the next server passes them.
//	Close    of a connection that was made by Connect: with the flag, so that its TIME_WAIT can be passed.
//
// The first bind without the flag matters: it keeps the kernel from noting the port as one that all may share (fastreuse).
// What is left: two processes that bind at the same moment over old connections may both succeed; their Listen then fails
// with EADDRINUSE. And a program of other making that binds with the flag and does not listen can be passed.

// Bind gives the socket its local address. Datagram sockets never share one.
func (s *socket) Bind(addr netip.AddrPort) error {
	if err := s.state.BindErr(); err != nil {
		return err
	}
	if errno := s.e.encode(s.fd, s.domain, addr); errno != 0 {
		return errno
	}
	errno := sysBind(s.fd, &s.e.name)
	if errno == unix.EADDRINUSE && !s.dgram && addr.Port() != 0 {
		if err := s.reuse(true); err != nil {
			return err
		}
		errno = sysBind(s.fd, &s.e.name)
		if err := s.reuse(false); err != nil {
			return err
		}
	}
	if errno != 0 {
		return errno
	}
	s.state, s.fixed = libos.SockBound, true
	return nil
}

func (s *socket) reuse(on bool) error {
	v := 0
	if on {
		v = 1
	}
	return unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, v)
}
