package inline

import (
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// TestRecoveryPointFollows: 3 GiB after the last loss, or the handshake, its sequence number is still one of the past.
func TestRecoveryPointFollows(t *testing.T) {
	p, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	var wl, wa waiter.Queue
	must := func(err tcpip.Error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	l, terr := p.b.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wl)
	must(terr)
	defer l.Close()
	must(l.Bind(tcpip.FullAddress{Port: 7}))
	must(l.Listen(8))
	a, terr := p.a.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wa)
	must(terr)
	defer a.Close()
	if _, started := a.Connect(tcpip.FullAddress{Addr: addrOf(1), Port: 7}).(*tcpip.ErrConnectStarted); !started {
		t.Fatal("connect did not start")
	}
	p.settle()
	b, _, terr := l.Accept(nil)
	must(terr)
	defer b.Close()

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
