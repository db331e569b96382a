package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// connected returns the two ends of a stream connection: A's, which connected, and B's, which accepted.
func (e *env) connected() (a, b *queue) {
	e.Helper()
	l := e.b.stream().bind(e.b.any()).listen(16)
	a, b = e.dial(l)
	e.ok(l.close())
	return a, b
}

// dial connects A to a listener of B.
func (e *env) dial(l *queue) (a, b *queue) {
	e.Helper()
	a = e.a.stream()
	ct, at := a.connect(l.local()), l.accept()
	e.ok(ct)
	return a, &queue{l.side, e.ok(at).NewQD}
}

// A channel is what data goes through, from in to out.
type channel struct {
	in, out *queue
	keeps   bool // message boundaries
}

// channel returns a stream connection, or else a memory queue, whose two ends are one.
func (e *env) channel() channel {
	e.Helper()
	if e.p.Stream {
		a, b := e.connected()
		return channel{a, b, e.p.Boundaries}
	}
	q := e.a.memoryQueue()
	return channel{q, q, true}
}

// messages returns a channel that keeps message boundaries: a memory queue or two connected datagram sockets.
func (e *env) messages() channel {
	e.Helper()
	switch {
	case e.p.MemoryQueue != nil:
		q := e.a.memoryQueue()
		return channel{q, q, true}
	case e.p.Datagram:
		a, b := e.datagrams()
		return channel{a, b, true}
	}
	return e.channel()
}

// datagrams returns two datagram sockets connected to each other.
func (e *env) datagrams() (a, b *queue) {
	e.Helper()
	a, b = e.a.datagram().bind(e.a.any()), e.b.datagram().bind(e.b.any())
	e.ok(a.connect(b.local()), b.connect(a.local()))
	return a, b
}

// closedPort returns an address of B where nobody listens.
func (e *env) closedPort(typ int) netip.AddrPort {
	e.Helper()
	q := e.b.socket(typ).bind(e.b.any())
	addr := q.local()
	e.ok(q.close())
	return addr
}

// dead returns the address that no answer comes from.
func (e *env) dead() netip.AddrPort { return e.p.DeadRemote.of(e.v6) }

// connecting returns a stream socket of A whose connect stays pending.
func (e *env) connecting() (*queue, *token) {
	e.Helper()
	q := e.a.stream()
	t := q.connect(e.dead())
	e.idle(t)
	return q, t
}

// closed returns a descriptor of A that was a stream socket.
func (e *env) closed() libos.QD {
	e.Helper()
	q := e.a.stream()
	e.ok(q.close())
	return q.qd
}

// large is more than the buffers of a connection hold.
const large = 64 << 20

// blocked returns pushes on q that stay pending until the peer pops: the first is larger than all buffers.
func (e *env) blocked(q *queue, n int) []*token {
	e.Helper()
	ts := []*token{q.send(zeros())}
	for len(ts) < n {
		ts = append(ts, q.send([]byte("behind")))
	}
	e.idle(ts...)
	return ts
}

var zeroPage []byte

// zeros is large bytes that nobody writes.
func zeros() []byte {
	if zeroPage == nil {
		zeroPage = make([]byte, large)
	}
	return zeroPage
}

// other is an address of the family that the scenario does not have.
func (e *env) other() netip.AddrPort {
	if e.v6 {
		return netip.MustParseAddrPort("127.0.0.1:4242")
	}
	return netip.MustParseAddrPort("[::1]:4242")
}

const (
	stream = syscall.SOCK_STREAM
	dgram  = syscall.SOCK_DGRAM
)
