package inline

import (
	"reflect"
	"unsafe"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// Of the receiving side of a connection (pkg/tcpip/transport/tcp/rcv.go), and of segments that were received.

//go:linkname newIncomingSegment gvisor.dev/gvisor/pkg/tcpip/transport/tcp.newIncomingSegment
func newIncomingSegment(id stack.TransportEndpointID, clock tcpip.Clock, pkt *stack.PacketBuffer) (unsafe.Pointer, error)

//go:linkname senderHandleRcvdSegment gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*sender).handleRcvdSegment
func senderHandleRcvdSegment(s, segment unsafe.Pointer)

//go:linkname receiverUpdateRTT gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*receiver).updateRTT
func receiverUpdateRTT(r unsafe.Pointer, now tcpip.MonotonicTime)

type receiverOffsets struct {
	receiver                            uintptr // of tcp.Endpoint
	received, lastAck                   uintptr // of tcp.receiver
	ackNumber, window, options, arrival uintptr // of tcp.segment
}

func (f *finder) receiver(endpoint, segment reflect.Type) (o receiverOffsets) {
	o.receiver = f.find(endpoint, "rcv", "*tcp.receiver")
	receiver := f.typ(endpoint, "rcv")
	o.received = f.find(receiver, "TCPReceiverState", "tcp.TCPReceiverState")
	o.lastAck = f.find(receiver, "lastRcvdAckTime", "tcpip.MonotonicTime")
	o.ackNumber = f.find(segment, "ackNumber", "seqnum.Value")
	o.window = f.find(segment, "window", "seqnum.Size")
	o.options = f.find(segment, "parsedOptions", "header.TCPOptions")
	o.arrival = f.find(segment, "rcvdTime", "tcpip.MonotonicTime")
	return o
}

// A receiver is the receiving side of a connection.
type receiver struct {
	*tcp.TCPReceiverState
	p unsafe.Pointer
}

func receiverOf(e *tcp.Endpoint) receiver {
	p := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(e), offsets.receiver))
	return receiver{(*tcp.TCPReceiverState)(unsafe.Add(p, offsets.received)), p}
}

// lastAck is when something came from the peer.
func (r receiver) lastAck() *tcpip.MonotonicTime {
	return (*tcpip.MonotonicTime)(unsafe.Add(r.p, offsets.lastAck))
}

// updateRTT measures how long a window takes.
func (r receiver) updateRTT(now tcpip.MonotonicTime) { receiverUpdateRTT(r.p, now) }

// handle has the sender process what a received segment says to it.
func (s sender) handle(g segment) { senderHandleRcvdSegment(s.p, g.p) }

// newSegment makes a segment of a packet, whose headers have been parsed and verified.
func newSegment(clock tcpip.Clock, pkt *stack.PacketBuffer) segment {
	p, err := newIncomingSegment(stack.TransportEndpointID{}, clock, pkt)
	if err != nil {
		panic(err) // of a header that the caller has built
	}
	return segment{p}
}

func (g segment) release() { segmentDecRef(g.p) }

func (g segment) acked() *seqnum.Value { return (*seqnum.Value)(unsafe.Add(g.p, offsets.ackNumber)) }

// window is not scaled any more.
func (g segment) window() *seqnum.Size { return (*seqnum.Size)(unsafe.Add(g.p, offsets.window)) }

func (g segment) options() *header.TCPOptions {
	return (*header.TCPOptions)(unsafe.Add(g.p, offsets.options))
}

func (g segment) received() *tcpip.MonotonicTime {
	return (*tcpip.MonotonicTime)(unsafe.Add(g.p, offsets.arrival))
}
