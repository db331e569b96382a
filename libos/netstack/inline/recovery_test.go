package inline

import (
	"bytes"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// connect returns both ends of a connection. The hosts are closed with the test.
func connect(t *testing.T) (p *pair, a, b tcpip.Endpoint) {
	t.Helper()
	p, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	must := func(err tcpip.Error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var wl, wa waiter.Queue
	l, terr := p.b.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wl)
	must(terr)
	t.Cleanup(l.Close)
	must(l.Bind(tcpip.FullAddress{Port: 7}))
	must(l.Listen(8))
	a, terr = p.a.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wa)
	must(terr)
	t.Cleanup(a.Close)
	if _, started := a.Connect(tcpip.FullAddress{Addr: addrOf(1), Port: 7}).(*tcpip.ErrConnectStarted); !started {
		t.Fatal("connect did not start")
	}
	p.settle()
	b, _, terr = l.Accept(nil)
	must(terr)
	t.Cleanup(b.Close)
	return p, a, b
}

// TestRecoveryPointFollows: 3 GiB after the last loss, or the handshake, its sequence number is still one of the past.
func TestRecoveryPointFollows(t *testing.T) {
	p, a, b := connect(t)
	s := senderOf(a.(*tcp.Endpoint))
	for range 3 {
		s.FastRecovery.Last -= 1 << 30 // as if that much had been sent
		if err := p.echo(a, b); err != nil {
			t.Fatal(err)
		}
		if !s.FastRecovery.Last.LessThan(s.SndUna) {
			t.Errorf("the last recovery ended at %d, and %d is acknowledged", s.FastRecovery.Last, s.SndUna)
		}
	}
}

// tooBig says that packets must not have more than so many bytes of IP payload.
type tooBig struct{ stack.TransportError }

func (tooBig) Kind() stack.TransportErrorKind { return stack.PacketTooBigTransportError }
func (tooBig) Info() uint32                   { return 0 }

// TestTinyPackets: a peer that wants packets of a byte, and tells of a loss, does not make a segment of each byte.
func TestTinyPackets(t *testing.T) {
	p, a, _ := connect(t)
	const size = 12000 // in the initial congestion window
	if n, err := a.Write(bytes.NewReader(make([]byte, size)), tcpip.WriteOptions{}); n != size || err != nil {
		t.Fatalf("write: %d bytes, %v", n, err)
	}
	e := a.(*tcp.Endpoint)
	e.HandleError(tooBig{}, nil)
	s := senderOf(e)
	if s.MaxPayloadSize != 1 {
		t.Fatalf("the payload is %d at most", s.MaxPayloadSize)
	}
	n := 0
	f := p.a.q.newFlight(e, s)
	s.board.Insert(header.SACKBlock{Start: s.SndNxt - 1, End: s.SndNxt})
	f.arrived(s, p.a.q.clock.NowMonotonic())
	for g := s.head(); g.p != nil; g = g.next() {
		n++
	}
	if n > size/100 {
		t.Errorf("%d segments for %d bytes", n, size)
	}
}
