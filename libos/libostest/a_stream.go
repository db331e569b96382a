package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func controlTCP() []scenario {
	const needs = needStream | byFamily
	return []scenario{
		{"A.socket.domain", needSocket, Options{}, socketDomain},
		{"A.socket.type", needSocket, Options{}, socketType},
		{"A.bind.twice", needs, Options{}, bindTwice},
		{"A.bind.inuse", needs, Options{}, bindInUse},
		{"A.bind.nonlocal", needs | needNonLocal, Options{}, bindNonLocal},
		{"A.bind.family", needs, Options{}, bindFamily},
		{"A.bind.invalid", needs | needDatagram, Options{}, bindInvalid},
		{"A.bind.ports", needs, Options{}, bindPorts},
		{"A.bind.wildcard", needs, Options{}, bindWildcard},
		{"A.bind.port0", needs, Options{}, bindPort0},
		{"A.bind.again", needs, Options{}, bindAgain},
		{"A.listen.backlog", needs, Options{}, listenBacklog},
		{"A.accept.addr", needs, Options{}, acceptAddr},
		{"A.accept.order", needs, Options{}, acceptOrder},
		{"A.connect.dead", needs | needDead, Options{}, connectDead},
		{"A.connect.refused", needs, Options{}, connectRefused},
		{"A.connect.family", needs, Options{}, connectFamily},
		{"A.connect.bound", needs, Options{}, connectBound},
		{"A.close.twice", needs, Options{}, closeTwice},
		{"A.close.states", needs, Options{}, closeStates},
		{"A.push.empty", needChannel, Options{}, pushEmpty},
		{"A.pushto.invalid", needs, Options{}, pushToInvalid},
		{"A.shutdown.how", needs, Options{}, shutdownHow},
		{"A.localaddr.unbound", needs, Options{}, localAddrUnbound},
		{"A.option.known", needs, Options{}, optionKnown},
		{"A.option.unknown", needs, Options{}, optionUnknown},
		{"A.option.value", needs, Options{}, optionValue},
		{"A.queue.notsocket", needMemq, Options{}, queueNotSocket},
		{"A.queue.notfile", needChannel, Options{}, queueNotFile},
	}
}

func socketDomain(e *env) {
	for _, domain := range []int{-1, 0, syscall.AF_UNIX, syscall.AF_NETLINK, syscall.AF_PACKET, 250, 1 << 20} {
		for _, typ := range []int{stream, dgram} {
			_, err := e.a.rt.Socket(domain, typ)
			e.errno("socket of an unknown domain", err, syscall.ENOTSUP)
		}
	}
}

func socketType(e *env) {
	for _, domain := range []int{syscall.AF_INET, syscall.AF_INET6} {
		for _, typ := range []int{-1, 0, syscall.SOCK_RAW, syscall.SOCK_SEQPACKET, 99, stream | syscall.SOCK_NONBLOCK} {
			_, err := e.a.rt.Socket(domain, typ)
			e.errno("socket of an unknown type", err, syscall.ENOTSUP)
		}
	}
}

func bindTwice(e *env) {
	q := e.a.stream().bind(e.a.any())
	addr := q.local()
	e.errno("bind to a second port", q.rt.Bind(q.qd, e.a.any()), syscall.EINVAL)
	e.errno("bind to the same address again", q.rt.Bind(q.qd, addr), syscall.EINVAL)
	if got := q.local(); got != addr {
		e.Errorf("the address is %v after a bind that was refused, %v before", got, addr)
	}
}

func bindInUse(e *env) {
	first := e.a.stream().bind(e.a.any())
	second := e.a.stream()
	e.errno("bind to the address of a bound socket", second.rt.Bind(second.qd, first.local()), syscall.EADDRINUSE)
	first.listen(8)
	e.errno("bind to the address of a listening socket", second.rt.Bind(second.qd, first.local()), syscall.EADDRINUSE)
	second.bind(e.a.any()) // the refused ones left nothing behind
}

func bindNonLocal(e *env) {
	q := e.a.stream()
	addr := netip.AddrPortFrom(e.p.NonLocal.of(e.v6), 0)
	e.errno("bind to an address of nobody here", q.rt.Bind(q.qd, addr), syscall.EADDRNOTAVAIL)
	q.bind(e.a.any())
}

func bindFamily(e *env) {
	q := e.a.stream()
	e.errno("bind to the other family", q.rt.Bind(q.qd, e.other()), syscall.EAFNOSUPPORT)
	mapped := netip.AddrPortFrom(netip.AddrFrom16(netip.MustParseAddr("127.0.0.1").As16()), 0)
	e.errno("bind to an IPv4-mapped address", q.rt.Bind(q.qd, mapped), syscall.EAFNOSUPPORT)
	q.bind(e.a.any())
}

func bindInvalid(e *env) {
	for _, q := range []*queue{e.a.stream(), e.a.datagram()} {
		e.errno("bind to the zero netip.AddrPort", q.rt.Bind(q.qd, netip.AddrPort{}), syscall.EINVAL)
		_, err := q.rt.Connect(q.qd, netip.AddrPort{})
		e.errno("connect to the zero netip.AddrPort", err, syscall.EINVAL)
		q.bind(e.a.any()) // the refused calls left nothing behind
	}
}

// bindPorts binds and closes each port of the dynamic range, twice: a close gives the port back.
func bindPorts(e *env) {
	const first, last = 49152, 65534
	taken := 0
	for p := first; p <= last; p++ {
		addr := e.a.port(uint16(p))
		for again := range 2 {
			q := e.a.stream()
			err := q.rt.Bind(q.qd, addr)
			if err == nil {
				if got := q.local(); got != addr {
					e.Fatalf("bound to %v, local address %v", addr, got)
				}
				e.ok(q.close())
				continue
			}
			e.ok(q.close())
			if taken++; again > 0 || !e.p.SharedPorts {
				e.Fatalf("bind to %v: %v", addr, err)
			}
			break // others have it
		}
	}
	if taken > (last-first)/2 {
		e.Fatalf("%d ports of %d belong to others", taken, last-first+1)
	}
}

func bindWildcard(e *env) {
	l := e.b.stream().bind(e.b.wildcard())
	addr := l.local()
	if addr.Port() == 0 || !addr.Addr().IsUnspecified() {
		e.Fatalf("bound to the wildcard and port 0, local address %v", addr)
	}
	l.listen(8)
	q := e.a.stream()
	ct, at := q.connect(e.b.port(addr.Port())), l.accept()
	e.ok(ct)
	conn := &queue{e.b, e.ok(at).NewQD}
	if got := conn.local(); got != e.b.port(addr.Port()) {
		e.Errorf("accepted on the wildcard, local address %v, want %v", got, e.b.port(addr.Port()))
	}
}

func bindPort0(e *env) {
	seen := map[uint16]bool{}
	for range 16 {
		addr := e.a.stream().bind(e.a.any()).local()
		if addr.Addr() != e.a.addr || addr.Port() == 0 || seen[addr.Port()] {
			e.Errorf("bound to port 0 of %v, local address %v", e.a.addr, addr)
		}
		seen[addr.Port()] = true
	}
}

func bindAgain(e *env) {
	q := e.a.stream().bind(e.a.any())
	addr := q.local()
	e.ok(q.close())
	q = e.a.stream().bind(addr).listen(8)
	e.ok(q.close())
	e.a.stream().bind(addr)
}

func listenBacklog(e *env) {
	for _, backlog := range []int{-1 << 31, -1, 0, 1, libos.MaxBacklog, libos.MaxBacklog + 1, 1 << 30} {
		l := e.b.stream().bind(e.b.any()).listen(backlog)
		a, b := e.dial(l)
		e.exchange(a, b, 1)
		e.ok(l.close())
	}
}

func acceptAddr(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	q := e.a.stream()
	ct, at := q.connect(l.local()), l.accept()
	e.ok(ct)
	res := e.ok(at)
	conn := &queue{e.b, res.NewQD}
	for _, c := range []struct {
		what      string
		got, want netip.AddrPort
	}{
		{"address in the accept's result", res.Addr, q.local()},
		{"remote address of the accepted socket", conn.remote(), q.local()},
		{"local address of the accepted socket", conn.local(), l.local()},
		{"remote address of the connecting socket", q.remote(), l.local()},
	} {
		if c.got != c.want {
			e.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
	if a := q.local(); a.Addr() != e.a.addr || a.Port() == 0 {
		e.Errorf("local address of the connecting socket is %v, want one of %v", a, e.a.addr)
	}
}

// acceptOrder: connections that are waiting go to accepts in the order of both.
func acceptOrder(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	var want []netip.AddrPort
	for range 4 {
		q := e.a.stream()
		e.ok(q.connect(l.local()))
		want = append(want, q.local())
		e.settle()
	}
	var accepts []*token
	for range want {
		accepts = append(accepts, l.accept())
	}
	for i, t := range accepts {
		if got := e.ok(t).Addr; got != want[i] {
			e.Errorf("accept %d returned the connection of %v, want %v", i, got, want[i])
		}
	}
}

func connectDead(e *env) {
	q, t := e.connecting()
	_, err := q.rt.Wait(t.qt, 0)
	e.deadline("wait for a connect without an answer", err)
	ct := q.close()
	e.fails(t, netErrs...)
	e.ok(ct)
}

func connectRefused(e *env) {
	q := e.a.stream()
	e.fails(q.connect(e.closedPort(stream)), syscall.ECONNREFUSED)
	e.ok(q.close())
}

func connectFamily(e *env) {
	q := e.a.stream()
	_, err := q.rt.Connect(q.qd, e.other())
	e.errno("connect to the other family", err, syscall.EAFNOSUPPORT)
	l := e.b.stream().bind(e.b.any()).listen(8) // the refused call did not fail the socket
	ct := q.connect(l.local())
	e.ok(ct)
}

func connectBound(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	q := e.a.stream().bind(e.a.any())
	addr := q.local()
	ct, at := q.connect(l.local()), l.accept()
	e.ok(ct)
	if got := e.ok(at).Addr; got != addr || q.local() != addr {
		e.Errorf("connected from %v: the peer sees %v, the local address is %v", addr, got, q.local())
	}
}

func closeTwice(e *env) {
	q := e.a.stream()
	t := q.close()
	_, err := q.rt.CloseQueue(q.qd)
	e.errno("second close", err, syscall.EBADF)
	e.ok(t)
	_, err = q.rt.CloseQueue(q.qd)
	e.errno("close after the close has completed", err, syscall.EBADF)
	if again := e.a.stream(); again.qd == q.qd {
		e.Errorf("descriptor %v was given out a second time", q.qd)
	}
}

func closeStates(e *env) {
	l := e.b.stream().bind(e.b.any()).listen(8)
	a, b := e.dial(l)
	for _, q := range []*queue{
		e.a.stream(), e.a.stream().bind(e.a.any()), e.a.stream().bind(e.a.wildcard()),
		e.a.stream().bind(e.a.any()).listen(8), l, a, b,
	} {
		e.ok(q.close())
	}
}

func pushEmpty(e *env) {
	c := e.channel()
	for _, sga := range []libos.SGArray{{}, libos.Bytes(nil), libos.Gather(libos.Segment{}, libos.Segment{Data: []byte{}})} {
		_, err := c.in.rt.Push(c.in.qd, sga)
		e.errno("push of no bytes", err, syscall.EINVAL)
	}
	_, err := c.in.rt.Push(0, libos.SGArray{})
	e.errno("push of no bytes on a bad descriptor", err, syscall.EBADF)
	pt := c.out.pop()
	e.idle(pt)
	e.ok(c.in.send([]byte("x")))
	if res := e.ok(pt); res.N != 1 {
		e.Errorf("popped %d bytes after pushes of none, want the 1 that was pushed", res.N)
	}
	e.free(c.out.host, pt.res.SGA)
}

func pushToInvalid(e *env) {
	q := e.a.stream()
	_, err := q.rt.PushTo(q.qd, libos.SGArray{}, e.b.port(7))
	e.errno("push of no bytes to an address", err, syscall.EINVAL)
}

func shutdownHow(e *env) {
	a, _ := e.connected()
	for _, how := range []int{-1, 3, 1 << 20} {
		e.errno("shutdown of no direction", a.rt.Shutdown(a.qd, how), syscall.EINVAL)
	}
}

func localAddrUnbound(e *env) {
	if a := e.a.stream().local(); a.Port() != 0 {
		e.Errorf("local address of an unbound socket is %v, want port 0", a)
	}
}

func optionKnown(e *env) {
	a, b := e.connected()
	for _, q := range []*queue{e.a.stream(), e.b.stream().bind(e.b.any()).listen(4), a} {
		for _, o := range []struct {
			opt    libos.Option
			values []int
		}{
			{libos.OptNoDelay, []int{0, 1}}, {libos.OptKeepAlive, []int{0, 1, 60, 7200, 0}}, {libos.OptLinger, []int{0, -1}},
			{libos.OptSendBuffer, []int{64 << 10, 1 << 20}}, {libos.OptReceiveBuffer, []int{64 << 10, 1 << 20}},
		} {
			for _, v := range o.values {
				if err := q.rt.SetOption(q.qd, o.opt, v); err != nil {
					e.Errorf("option %v to %d: %v", o.opt, v, err)
				}
			}
		}
	}
	e.exchange(a, b, 3000)
	e.exchange(b, a, 3000)
}

func optionUnknown(e *env) {
	q := e.a.stream()
	for _, o := range []libos.Option{-1, 0, 99} {
		e.errno("unknown option", q.rt.SetOption(q.qd, o, 1), syscall.ENOPROTOOPT)
	}
}

func optionValue(e *env) {
	q := e.a.stream()
	for _, o := range []struct {
		opt   libos.Option
		value int
	}{
		{libos.OptNoDelay, -1}, {libos.OptNoDelay, 2}, {libos.OptKeepAlive, -1}, {libos.OptLinger, -2},
		{libos.OptSendBuffer, -1}, {libos.OptSendBuffer, 0}, {libos.OptReceiveBuffer, -1}, {libos.OptReceiveBuffer, 0},
	} {
		e.errno("option "+o.opt.String()+" out of range", q.rt.SetOption(q.qd, o.opt, o.value), syscall.EINVAL)
	}
}

// queueNotSocket: socket calls on a memory queue.
func queueNotSocket(e *env) {
	q := e.a.memoryQueue()
	for _, c := range calls {
		switch c.name {
		case "push", "pop", "close", "seek", "truncate":
		default:
			addr := netip.MustParseAddrPort("127.0.0.1:7")
			e.errno(c.name+" on a memory queue", c.make(q.rt, q.qd, addr), syscall.ENOTSOCK)
		}
	}
}

// queueNotFile: file calls on what is no file.
func queueNotFile(e *env) {
	q := e.channel().in
	_, err := q.rt.Seek(q.qd, 0, 0)
	e.errno("seek on what is no file", err, syscall.ESPIPE)
	e.errno("truncate of what is no file", q.rt.Truncate(q.qd, 0), syscall.EINVAL)
	_, err = q.rt.Open("log")
	e.errno("open without storage", err, syscall.ENOTSUP)
}
