package inline

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// Check reports why this gVisor's TCP cannot be processed inline; nil: it can. The first call runs a connection between two
// stacks in memory, from SYN to TIME_WAIT, which takes about a millisecond.
var Check = sync.OnceValue(check)

func check() (err error) {
	if errOffsets != nil {
		return errOffsets
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gVisor's TCP panicked when processed inline: %v", r)
		}
	}()
	p, err := newPair()
	if err != nil {
		return err
	}
	defer p.close()
	return p.run()
}

// A pair is two hosts with a stack each, joined in memory.
type pair struct{ a, b *checkHost }

type checkHost struct {
	link  *channel.Endpoint
	stack *stack.Stack
	q     Queue
}

func newPair() (*pair, error) {
	p := &pair{&checkHost{link: channel.New(16, 1500, "")}, &checkHost{link: channel.New(16, 1500, "")}}
	for i, h := range []*checkHost{p.a, p.b} {
		if err := h.start(addrOf(i)); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func addrOf(i int) tcpip.Address { return tcpip.AddrFrom4([4]byte{192, 0, 2, byte(1 + i)}) }

func (h *checkHost) start(addr tcpip.Address) error {
	h.stack = stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{h.q.New},
		Clock:              stopped{},
	})
	if err := h.stack.CreateNIC(1, h.link); err != nil {
		return failed("create interface", err)
	}
	at := tcpip.ProtocolAddress{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: addr.WithPrefix()}
	if err := h.stack.AddProtocolAddress(1, at, stack.AddressProperties{}); err != nil {
		return failed("add address", err)
	}
	recovery := tcpip.TCPRecovery(0)
	if err := h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, &recovery); err != nil {
		return failed("turn gVisor's RACK off", err)
	}
	h.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	return nil
}

func (p *pair) close() {
	for _, h := range []*checkHost{p.a, p.b} {
		if h.stack != nil {
			h.stack.Destroy()
		}
		h.q.Close()
		h.link.Close()
	}
}

// settle moves packets to and fro until there are none. Whatever a processor goroutine or a timer had to do would be missing
// then.
func (p *pair) settle() { p.settleWithout(0) }

// settleWithout is settle over a network that loses the first packets.
func (p *pair) settleWithout(lost int) {
	for moved := true; moved; {
		moved = false
		for _, way := range [][2]*checkHost{{p.a, p.b}, {p.b, p.a}} {
			from, to := way[0], way[1]
			for pkt := from.link.Read(); pkt != nil; pkt = from.link.Read() {
				if lost > 0 {
					lost--
					pkt.DecRef()
					continue
				}
				in := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithView(pkt.ToView())})
				to.link.InjectInbound(ipv4.ProtocolNumber, in)
				in.DecRef()
				pkt.DecRef()
				moved = true
			}
			n := to.q.Process()
			moved = to.q.Finish() > 0 || n > 0 || moved
		}
	}
}

func failed(what string, err tcpip.Error) error { return fmt.Errorf("%s: %v", what, err) }

// run takes a connection through its life.
func (p *pair) run() error {
	var wl, wa waiter.Queue
	l, terr := p.b.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wl)
	if terr != nil {
		return failed("create listener", terr)
	}
	defer l.Close()
	if terr := l.Bind(tcpip.FullAddress{Port: 7}); terr != nil {
		return failed("bind", terr)
	}
	if terr := l.Listen(8); terr != nil {
		return failed("listen", terr)
	}
	a, terr := p.a.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &wa)
	if terr != nil {
		return failed("create client", terr)
	}
	defer a.Close()
	terr = a.Connect(tcpip.FullAddress{Addr: addrOf(1), Port: 7})
	if _, started := terr.(*tcpip.ErrConnectStarted); !started {
		return failed("connect", terr)
	}
	p.settle()
	if err := in(a, tcp.StateEstablished); err != nil {
		return fmt.Errorf("after the handshake: %w", err)
	}
	b, _, terr := l.Accept(nil)
	if terr != nil {
		return failed("accept", terr)
	}
	defer b.Close()
	for range 3 {
		if err := p.echo(a, b); err != nil {
			return err
		}
	}
	if err := p.repair(a, b); err != nil {
		return err
	}
	for range 3 {
		if err := p.direct(a, b); err != nil {
			return fmt.Errorf("past the stack's queues: %w", err)
		}
	}
	a.Close()
	p.settle()
	if err := errors.Join(in(a, tcp.StateFinWait2), in(b, tcp.StateCloseWait)); err != nil {
		return fmt.Errorf("after one close: %w", err)
	}
	b.Close()
	p.settle()
	if err := errors.Join(in(a, tcp.StateTimeWait), in(b, tcp.StateClose)); err != nil {
		return fmt.Errorf("after both closes: %w", err)
	}
	if p.a.q.stats.Segments == 0 || p.b.q.stats.Segments == 0 {
		return errors.New("no segment was processed inline")
	}
	return nil
}

// echo sends a message from a to b and back; the reply must carry the acknowledgment.
func (p *pair) echo(a, b tcpip.Endpoint) error {
	message := []byte("over and back")
	for _, way := range [][2]tcpip.Endpoint{{a, b}, {b, a}} {
		if n, terr := way[0].Write(bytes.NewReader(message), tcpip.WriteOptions{}); terr != nil || n != int64(len(message)) {
			return fmt.Errorf("write: %d bytes, %v", n, terr)
		}
		p.settle()
		var got bytes.Buffer
		if _, terr := way[1].Read(&got, tcpip.ReadOptions{}); terr != nil {
			return failed("read", terr)
		}
		if !bytes.Equal(got.Bytes(), message) {
			return fmt.Errorf("read %q, want %q", got.Bytes(), message)
		}
	}
	return nil
}

// repair has the first of three messages lost, which gVisor alone would send again after a timeout.
func (p *pair) repair(a, b tcpip.Endpoint) error {
	for _, message := range []string{"one ", "two ", "three"} {
		if _, terr := a.Write(strings.NewReader(message), tcpip.WriteOptions{}); terr != nil {
			return failed("write", terr)
		}
	}
	p.settleWithout(1)
	var got bytes.Buffer
	for {
		if _, terr := b.Read(&got, tcpip.ReadOptions{}); terr != nil {
			break // nothing more has come
		}
	}
	if got.String() != "one two three" {
		return fmt.Errorf("after a loss: read %q, want %q", got.Bytes(), "one two three")
	}
	return nil
}

func in(ep tcpip.Endpoint, want tcp.EndpointState) error {
	if got := tcp.EndpointState(ep.State()); got != want {
		return fmt.Errorf("state is %v, want %v", got, want)
	}
	return nil
}

// stopped is a clock whose timers never expire: nothing is lost between the stacks.
type stopped struct{}

func (stopped) Now() time.Time                              { return time.Unix(1, 0) }
func (stopped) NowMonotonic() (t tcpip.MonotonicTime)       { return t.Add(time.Hour) }
func (stopped) AfterFunc(time.Duration, func()) tcpip.Timer { return stopped{} }
func (stopped) Stop() bool                                  { return true }
func (stopped) Reset(time.Duration)                         {}
