package inline

import (
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// protocol is gVisor's TCP with another QueuePacket. The stack asserts that its TCP is a SendBufSizeProto too.
type protocol struct {
	stack.TransportProtocol
	stack.SendBufSizeProto
	inner queuePacket
	q     *Queue
}

type queuePacket interface {
	QueuePacket(stack.TransportEndpoint, stack.TransportEndpointID, *stack.PacketBuffer)
}

// New is a stack.TransportProtocolFactory of a TCP whose segments wait in q, for one stack. tcp.NewForwarder does not work
// with it.
func (q *Queue) New(s *stack.Stack) stack.TransportProtocol {
	p := tcp.NewProtocol(s)
	q.sent, q.received = s.Stats().TCP.SegmentsSent, s.Stats().TCP.ValidSegmentsReceived
	q.clock, q.flights = s.Clock(), make(map[*tcp.Endpoint]*flight)
	q.flows = flows{make(map[tuple4]*Flow), make(map[tuple6]*Flow)}
	q.protocol = &protocol{TransportProtocol: p, SendBufSizeProto: p.(stack.SendBufSizeProto), inner: p.(queuePacket), q: q}
	return q.protocol
}

// QueuePacket is called by the transport demultiplexer, which holds its read lock.
func (p *protocol) QueuePacket(ep stack.TransportEndpoint, id stack.TransportEndpointID, pkt *stack.PacketBuffer) {
	e, ok := ep.(*tcp.Endpoint)
	if !ok {
		p.inner.QueuePacket(ep, id, pkt)
		return
	}
	own(e)
	p.inner.QueuePacket(ep, id, pkt)
	p.q.add(e)
}
