package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// A refSock is a socket of either type.
type refSock struct {
	g             *refEngine
	typ           int
	v6            bool
	state         libos.SockState
	local, remote netip.AddrPort
	bound         bool // in the network's table
	backlog       []*refSock
	peer          *refSock // stream: nil once it has gone
	in            []byte
	dgrams        []refDatagram
	eof           bool  // the peer sends no more
	gone          error // what ended the connection
	shutR, shutW  bool
	linger0       bool
	accepts       libos.OpList
	connects      libos.OpList
	pushes, pops  libos.OpList
}

type refDatagram struct {
	data []byte
	from netip.AddrPort
}

func (s *refSock) family(a netip.AddrPort) error {
	if !a.IsValid() {
		return syscall.EINVAL
	}
	if a.Addr().Is6() != s.v6 || a.Addr().Is4In6() {
		return syscall.EAFNOSUPPORT
	}
	return nil
}

func (s *refSock) Bind(a netip.AddrPort) error {
	n := s.g.net
	if err := s.state.BindErr(); err != nil {
		return n.faults.errno("bind", err)
	}
	if err := s.family(a); err != nil {
		return err
	}
	if a.Addr() != s.g.addrs.of(s.v6) && !a.Addr().IsUnspecified() {
		return syscall.EADDRNOTAVAIL
	}
	if a.Port() == 0 {
		a = n.freePort(s.typ, a.Addr())
	} else if n.socks[refKey{s.typ, a}] != nil {
		return syscall.EADDRINUSE
	}
	n.socks[refKey{s.typ, a}] = s
	s.local, s.bound, s.state = a, true, libos.SockBound
	return nil
}

func (n *refNet) freePort(typ int, a netip.Addr) netip.AddrPort {
	for {
		n.next++
		addr := netip.AddrPortFrom(a, 32768+n.next%16384)
		if n.socks[refKey{typ, addr}] == nil {
			return addr
		}
	}
}

func (n *refNet) find(typ int, a netip.AddrPort) *refSock {
	if s := n.socks[refKey{typ, a}]; s != nil {
		return s
	}
	wild := netip.IPv4Unspecified()
	if a.Addr().Is6() {
		wild = netip.IPv6Unspecified()
	}
	return n.socks[refKey{typ, netip.AddrPortFrom(wild, a.Port())}]
}

func (s *refSock) Listen(int) error {
	if s.typ == dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.ListenErr(); err != nil {
		return s.g.net.faults.errno("listen", err)
	}
	s.state = libos.SockListening
	return nil
}

func (s *refSock) Accept(op *libos.Op) error {
	if s.typ == dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.AcceptErr(); err != nil {
		return err
	}
	s.accepts.PushBack(op)
	s.match()
	return nil
}

// match gives waiting connections to waiting accepts.
func (s *refSock) match() {
	for s.accepts.Len() > 0 && len(s.backlog) > 0 {
		c := s.backlog[0]
		s.backlog = s.backlog[1:]
		s.g.moved = true
		s.accepts.Front().CompleteAccept(c, c.remote)
	}
}

func (s *refSock) Connect(op *libos.Op, a netip.AddrPort) error {
	n := s.g.net
	if s.typ == dgram {
		if err := s.family(a); err != nil {
			return err
		}
		s.autoBind()
		s.remote, s.state = a, libos.SockConnected
		op.Complete()
		return nil
	}
	if err := s.state.ConnectErr(); err != nil {
		return n.faults.errno("connect", err)
	}
	if err := s.family(a); err != nil {
		return err
	}
	s.autoBind()
	s.remote = a
	here := false
	for _, h := range n.hosts {
		here = here || a.Addr() == h.addrs.of(s.v6)
	}
	l := n.find(stream, a)
	switch {
	case !here:
		s.state = libos.SockConnecting
		s.connects.PushBack(op)
	case l == nil || l.state != libos.SockListening:
		s.state = libos.SockFailed
		op.Fail(n.faults.errno("refused", syscall.ECONNREFUSED))
	default:
		c := &refSock{g: l.g, typ: stream, v6: s.v6, state: libos.SockConnected, local: a, remote: s.local, peer: s}
		l.g.socks[c] = true
		s.peer, s.state = c, libos.SockConnected
		op.Complete()
		if n.faults.lifo {
			l.backlog = append([]*refSock{c}, l.backlog...)
		} else {
			l.backlog = append(l.backlog, c)
		}
		l.match()
	}
	return nil
}

func (s *refSock) autoBind() {
	if !s.bound {
		s.local, s.bound = s.g.net.freePort(s.typ, s.g.addrs.of(s.v6)), true
		s.g.net.socks[refKey{s.typ, s.local}] = s
	}
}
