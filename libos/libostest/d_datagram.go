package libostest

import (
	"errors"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func datagrams() []scenario {
	const needs = needDatagram | byFamily
	return []scenario{
		{"D.udp.popbefore", needs, Options{}, udpPopBefore},
		{"D.udp.popafter", needs, Options{}, udpPopAfter},
		{"D.udp.source", needs, Options{}, udpSource},
		{"D.udp.wildcard", needs, Options{}, udpWildcard},
		{"D.udp.closedport", needs, Options{}, udpClosedPort},
		{"D.udp.sizes", needs, Options{}, udpSizes},
		{"D.udp.toolong", needs, Options{}, udpTooLong},
		{"D.udp.segments", needs, Options{}, udpSegments},
		{"D.udp.connected", needs, Options{}, udpConnected},
	}
}

// from checks the datagram that a pop returned.
func (e *env) from(t *token, want []byte, source *queue) {
	e.Helper()
	res := e.ok(t)
	if hash(res.SGA.Flat()) != hash(want) {
		e.Errorf("popped a datagram of %d bytes that is not the one of %d bytes that was sent", res.N, len(want))
	}
	addr := source.local()
	if addr.Addr().IsUnspecified() { // bound to the wildcard, or by a push
		addr = source.port(addr.Port())
	}
	if res.Addr != addr {
		e.Errorf("popped a datagram from %v, it was sent from %v", res.Addr, addr)
	}
	e.free(t.h, res.SGA)
}

func udpPopBefore(e *env) {
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	t := b.pop()
	e.idle(t)
	want := content(1, 100)
	e.ok(a.pushTo(libos.Bytes(want), b.local()))
	e.from(t, want, a)
}

func udpPopAfter(e *env) {
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	for i := range 8 {
		e.ok(a.pushTo(libos.Bytes(content(uint64(i), 100+i)), b.local()))
		e.settle()
	}
	for i := range 8 {
		e.from(b.pop(), content(uint64(i), 100+i), a)
	}
}

// udpSource: the address in the result is one that answers can go to.
func udpSource(e *env) {
	b := e.b.datagram().bind(e.b.any())
	bound, unbound := e.a.datagram().bind(e.a.any()), e.a.datagram()
	for _, q := range []*queue{bound, unbound, bound} {
		want := content(2, 50)
		e.ok(q.pushTo(libos.Bytes(want), b.local()))
		e.from(b.pop(), want, q) // a push gives an unbound socket its address
		e.ok(b.pushTo(libos.Bytes(want), e.a.port(q.local().Port())))
		e.from(q.pop(), want, b)
	}
}

func udpWildcard(e *env) {
	b := e.b.datagram().bind(e.b.wildcard())
	a := e.a.datagram().bind(e.a.any())
	want := content(3, 50)
	e.ok(a.pushTo(libos.Bytes(want), e.b.port(b.local().Port())))
	e.from(b.pop(), want, a)
	e.ok(b.pushTo(libos.Bytes(want), a.local()))
	e.from(a.pop(), want, b)
}

// udpClosedPort: a datagram to a port where nobody is does nothing, to an unconnected socket.
func udpClosedPort(e *env) {
	to := e.closedPort(dgram)
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	t := a.pop()
	for range 5 {
		e.ok(a.pushTo(libos.Bytes([]byte("nobody")), to))
		e.idle(t)
	}
	want := content(4, 50)
	e.ok(b.pushTo(libos.Bytes(want), a.local()))
	e.from(t, want, b)
	e.ok(a.pushTo(libos.Bytes(want), b.local()))
	e.from(b.pop(), want, a)
}

// udpSizes: up to the longest datagram, which IP has to cut into fragments.
func udpSizes(e *env) {
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	for _, n := range []int{1, 63, 64, 1023, 1452, 1453, 1472, 1473, 2961, 8192, 32768, 65000, e.p.MaxDatagram} {
		if n > e.p.MaxDatagram {
			continue
		}
		want := content(uint64(n), n)
		e.ok(a.pushTo(libos.Bytes(want), b.local()))
		e.from(b.pop(), want, a)
		e.ok(b.pushTo(libos.Bytes(want), a.local()))
		e.from(a.pop(), want, b)
	}
}

// udpTooLong: one that no datagram can hold is EMSGSIZE, of the call or of the result.
func udpTooLong(e *env) {
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	for _, n := range []int{65536, 1 << 20} {
		qt, err := a.rt.PushTo(a.qd, libos.Bytes(content(1, n)), b.local())
		if err == nil {
			t := a.issue(libos.OpPush, n, qt, nil)
			err = e.await(t).Err
		}
		e.errno("push of a datagram that is too long", err, syscall.EMSGSIZE)
	}
	want := content(6, 50)
	e.ok(a.pushTo(libos.Bytes(want), b.local()))
	e.from(b.pop(), want, a)
}

// udpSegments: an array is one datagram, however many segments it has.
func udpSegments(e *env) {
	a, b := e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	for _, n := range []int{1, 2, 7, 64} {
		var segs []libos.Segment
		var want []byte
		for i := range n {
			part := content(uint64(i), 20+i)
			want = append(want, part...)
			segs = append(segs, libos.Segment{Data: part}, libos.Segment{})
		}
		e.ok(a.pushTo(libos.Gather(segs...), b.local()))
		e.from(b.pop(), want, a)
	}
}

// udpConnected: a connected socket pushes without an address, pops from its peer alone, and may still push elsewhere.
func udpConnected(e *env) {
	a, b := e.datagrams()
	stranger := e.b.datagram().bind(e.b.any())
	t := a.pop()
	e.ok(stranger.pushTo(libos.Bytes([]byte("stranger")), a.local()))
	e.idle(t)
	want := content(7, 60)
	e.ok(b.send(want))
	e.from(t, want, b)
	e.ok(a.send(want))
	e.from(b.pop(), want, a)
	// sendto(2) allows an address on a connected datagram socket; RFC 768 has no connections to say otherwise.
	qt, err := a.rt.PushTo(a.qd, libos.Bytes(want), stranger.local())
	if err != nil {
		if !errors.Is(err, syscall.EISCONN) {
			e.Errorf("push to an address on a connected datagram socket: %v, want success or EISCONN", err)
		}
		return
	}
	e.ok(a.issue(libos.OpPush, len(want), qt, nil))
	e.from(stranger.pop(), want, a)
}
