package libos

import (
	"net/netip"
	"syscall"
)

// Socket makes a socket on the first engine that has sockets. domain: syscall.AF_INET, or AF_INET6, which never carries
// IPv4 (IPV6_V6ONLY). typ: syscall.SOCK_STREAM or SOCK_DGRAM. Errors: ENOTSUP, EMFILE.
func (rt *Runtime) Socket(domain, typ int) (QD, error) {
	for _, e := range rt.engines {
		if n, ok := e.(Network); ok {
			return rt.SocketOn(n, domain, typ)
		}
	}
	return 0, opErr("socket", 0, syscall.ENOTSUP)
}

// SocketOn is Socket on a certain engine of this runtime.
func (rt *Runtime) SocketOn(n Network, domain, typ int) (QD, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if rt.closed {
		return 0, opErr("socket", 0, errClosed)
	}
	s, err := n.Socket(domain, typ)
	if err != nil {
		return 0, opErr("socket", 0, err)
	}
	qd, err := rt.insert(s)
	if err != nil {
		rt.abandon(s)
		return 0, opErr("socket", 0, err)
	}
	return qd, nil
}

func (rt *Runtime) socket(call string, qd QD) (Socket, error) {
	q, err := rt.lookup(call, qd)
	if err != nil {
		return nil, err
	}
	s, ok := q.(Socket)
	if !ok {
		return nil, opErr(call, qd, syscall.ENOTSOCK)
	}
	return s, nil
}

// Bind gives a socket its local address. The wildcard address and port 0 work: LocalAddr tells the port. Errors: EBADF,
// EINVAL (bound already), EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EACCES.
func (rt *Runtime) Bind(qd QD, addr netip.AddrPort) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("bind", qd)
	if err != nil {
		return err
	}
	if err := s.Bind(addr); err != nil {
		return opErr("bind", qd, err)
	}
	return nil
}

// Listen makes a bound stream socket accept connections. backlog is clamped to 1 ... MaxBacklog. Errors: EBADF,
// EDESTADDRREQ (not bound), EADDRINUSE (listening or connecting, or another listens), EINVAL (connected, or a connect
// failed), EOPNOTSUPP (datagrams).
func (rt *Runtime) Listen(qd QD, backlog int) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("listen", qd)
	if err != nil {
		return err
	}
	if err := s.Listen(ClampBacklog(backlog)); err != nil {
		return opErr("listen", qd, err)
	}
	return nil
}

// Accept starts to wait for a connection. Its result has the connection in NewQD and the peer in Addr. Errors: EBADF,
// EINVAL (not listening), EOPNOTSUPP (datagrams).
func (rt *Runtime) Accept(qd QD) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("accept", qd)
	if err != nil {
		return 0, err
	}
	op, err := rt.issue(OpAccept, qd, s)
	if err != nil {
		return 0, opErr("accept", qd, err)
	}
	qt := op.res.QT
	if err := s.Accept(op); err != nil {
		rt.refused(op)
		return 0, opErr("accept", qd, err)
	}
	return qt, nil
}

// Connect starts to connect. A datagram socket is connected at once, and may be again. Errors of the call: EBADF,
// EOPNOTSUPP (listening), EINPROGRESS, EISCONN, EAFNOSUPPORT, EINVAL (an earlier connect failed or was cancelled: only
// CloseQueue is left). Errors of the result: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ECANCELED.
func (rt *Runtime) Connect(qd QD, addr netip.AddrPort) (QToken, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("connect", qd)
	if err != nil {
		return 0, err
	}
	op, err := rt.issue(OpConnect, qd, s)
	if err != nil {
		return 0, opErr("connect", qd, err)
	}
	qt := op.res.QT
	if err := s.Connect(op, addr); err != nil {
		rt.refused(op)
		return 0, opErr("connect", qd, err)
	}
	return qt, nil
}

// Shutdown ends a direction of a connected stream socket (syscall.SHUT_RD, SHUT_WR, SHUT_RDWR), after the pushes that are
// pending. Later pushes fail with EPIPE, later pops return the end of the stream. Errors: EBADF, ENOTCONN, EINVAL,
// EOPNOTSUPP (datagrams).
func (rt *Runtime) Shutdown(qd QD, how int) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("shutdown", qd)
	if err != nil {
		return err
	}
	if how < syscall.SHUT_RD || how > syscall.SHUT_RDWR {
		return opErr("shutdown", qd, syscall.EINVAL)
	}
	if err := s.Shutdown(how); err != nil {
		return opErr("shutdown", qd, err)
	}
	return nil
}

// LocalAddr returns the local address of a socket; port 0 if it is not bound.
func (rt *Runtime) LocalAddr(qd QD) (netip.AddrPort, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("local address", qd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	a, err := s.LocalAddr()
	if err != nil {
		return netip.AddrPort{}, opErr("local address", qd, err)
	}
	return a, nil
}

// RemoteAddr returns the peer's address. ENOTCONN: there is none.
func (rt *Runtime) RemoteAddr(qd QD) (netip.AddrPort, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("remote address", qd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	a, err := s.RemoteAddr()
	if err != nil {
		return netip.AddrPort{}, opErr("remote address", qd, err)
	}
	return a, nil
}

// SetOption sets an option. Errors: EBADF, ENOTSOCK, ENOPROTOOPT (not an option of this socket), EINVAL.
func (rt *Runtime) SetOption(qd QD, opt Option, value int) error {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	s, err := rt.socket("set option", qd)
	if err != nil {
		return err
	}
	if err := s.SetOption(opt, value); err != nil {
		return opErr("set option "+opt.String(), qd, err)
	}
	return nil
}
