package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func controlUDP() []scenario {
	const needs = needDatagram | byFamily
	return []scenario{
		{"A.udp.listen", needs, Options{}, udpListen},
		{"A.udp.bind", needs, Options{}, udpBind},
		{"A.udp.bind.nonlocal", needs | needNonLocal, Options{}, udpBindNonLocal},
		{"A.udp.push", needs, Options{}, udpPush},
		{"A.udp.pushto", needs, Options{}, udpPushTo},
		{"A.udp.connect", needs, Options{}, udpConnect},
		{"A.udp.close", needs, Options{}, udpClose},
	}
}

func udpListen(e *env) {
	for _, q := range []*queue{e.a.datagram(), e.a.datagram().bind(e.a.any())} {
		e.errno("listen on a datagram socket", q.rt.Listen(q.qd, 8), syscall.EOPNOTSUPP)
		_, err := q.rt.Accept(q.qd)
		e.errno("accept on a datagram socket", err, syscall.EOPNOTSUPP)
		e.errno("shutdown of a datagram socket", q.rt.Shutdown(q.qd, syscall.SHUT_WR), syscall.EOPNOTSUPP)
	}
}

func udpBind(e *env) {
	q := e.a.datagram()
	if a := q.local(); a.Port() != 0 {
		e.Errorf("local address of an unbound socket is %v, want port 0", a)
	}
	q.bind(e.a.any())
	if a := q.local(); a.Port() == 0 || a.Addr() != e.a.addr {
		e.Errorf("bound to port 0 of %v, local address %v", e.a.addr, a)
	}
	e.errno("second bind", q.rt.Bind(q.qd, e.a.any()), syscall.EINVAL)
	other := e.a.datagram()
	e.errno("bind to an address in use", other.rt.Bind(other.qd, q.local()), syscall.EADDRINUSE)
	e.errno("bind to the other family", other.rt.Bind(other.qd, e.other()), syscall.EAFNOSUPPORT)
	addr := q.local()
	e.ok(q.close())
	other.bind(addr)
	wild := e.a.datagram().bind(e.a.wildcard())
	if a := wild.local(); a.Port() == 0 || !a.Addr().IsUnspecified() {
		e.Errorf("bound to the wildcard and port 0, local address %v", a)
	}
}

func udpBindNonLocal(e *env) {
	q := e.a.datagram()
	addr := netip.AddrPortFrom(e.p.NonLocal.of(e.v6), 0)
	e.errno("bind to an address of nobody here", q.rt.Bind(q.qd, addr), syscall.EADDRNOTAVAIL)
}

func udpPush(e *env) {
	for _, q := range []*queue{e.a.datagram(), e.a.datagram().bind(e.a.any())} {
		_, err := q.rt.Push(q.qd, libos.Bytes([]byte("x")))
		e.errno("push on an unconnected datagram socket", err, syscall.EDESTADDRREQ)
		_, err = q.rt.RemoteAddr(q.qd)
		e.errno("remote address of an unconnected datagram socket", err, syscall.ENOTCONN)
		_, err = q.rt.PushTo(q.qd, libos.SGArray{}, e.b.port(7))
		e.errno("push of no bytes", err, syscall.EINVAL)
	}
}

func udpPushTo(e *env) {
	q := e.a.datagram()
	_, err := q.rt.PushTo(q.qd, libos.Bytes([]byte("x")), e.other())
	e.errno("push to the other family", err, syscall.EAFNOSUPPORT)
	_, err = q.rt.PushTo(q.qd, libos.Bytes([]byte("x")), netip.AddrPort{})
	e.errno("push to the zero netip.AddrPort", err, syscall.EINVAL)
	_, err = q.rt.PushTo(q.qd, libos.Bytes([]byte("x")), e.b.port(0))
	e.errno("push to port 0", err, syscall.EINVAL)
}

// udpConnect: a datagram socket may be connected again, and has an address of its own then.
func udpConnect(e *env) {
	one, two := e.b.datagram().bind(e.b.any()), e.b.datagram().bind(e.b.any())
	q := e.a.datagram()
	_, err := q.rt.Connect(q.qd, e.other())
	e.errno("connect to the other family", err, syscall.EAFNOSUPPORT)
	for _, peer := range []*queue{one, two, one} {
		e.ok(q.connect(peer.local()))
		if got := q.remote(); got != peer.local() {
			e.Errorf("connected to %v, remote address %v", peer.local(), got)
		}
		if a := q.local(); a.Addr() != e.a.addr || a.Port() == 0 {
			e.Errorf("connected, local address %v, want one of %v", a, e.a.addr)
		}
		e.exchange(q, peer, 10)
	}
}

func udpClose(e *env) {
	q := e.a.datagram().bind(e.a.any())
	pops := []*token{q.pop(), q.pop()}
	ct := q.close()
	for _, c := range calls {
		e.errno(c.name+" on a closed socket", c.make(q.rt, q.qd, e.b.port(7)), syscall.EBADF)
	}
	for _, t := range pops {
		e.fails(t, syscall.ECANCELED)
	}
	e.ok(ct)
}
