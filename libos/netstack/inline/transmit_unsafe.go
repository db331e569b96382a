package inline

import (
	"reflect"
	"unsafe"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// What becomes of a write (Endpoint.queueSegment, sender.sendSegment) and of the packet (Route.WritePacket). The endpoint is
// locked.

//go:linkname newOutgoing gvisor.dev/gvisor/pkg/tcpip/transport/tcp.newOutgoingSegment
func newOutgoing(id stack.TransportEndpointID, clock tcpip.Clock, data buffer.Buffer, mark uint32) unsafe.Pointer

//go:linkname writeListPushBack gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*protectedWriteList).PushBack
func writeListPushBack(list, segment unsafe.Pointer)

//go:linkname receiverGetSendParams gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*receiver).getSendParams
func receiverGetSendParams(receiver unsafe.Pointer) (next seqnum.Value, window seqnum.Size)

//go:linkname disableKeepaliveTimer gvisor.dev/gvisor/pkg/tcpip/transport/tcp.(*Endpoint).disableKeepaliveTimer
func disableKeepaliveTimer(e *tcp.Endpoint)

//go:linkname routeResolvedFields gvisor.dev/gvisor/pkg/tcpip/stack.(*Route).resolvedFields
func routeResolvedFields(r *stack.Route, after func(stack.ResolvedFieldsResult)) (stack.RouteInfo, <-chan struct{}, tcpip.Error)

type transmitOffsets struct {
	route, sendBuffer uintptr // of tcp.Endpoint
	list              uintptr // of tcp.sender
}

func (f *finder) transmit(endpoint reflect.Type) (o transmitOffsets) {
	o.route = f.find(endpoint, "route", "*stack.Route")
	o.sendBuffer = f.find(endpoint, "sndQueueInfo", "tcp.sndQueueInfo") +
		f.find(f.typ(endpoint, "sndQueueInfo"), "TCPSndBufState", "tcp.TCPSndBufState")
	o.list = f.find(f.typ(endpoint, "snd"), "writeList", "tcp.protectedWriteList")
	return o
}

// buffer is the state of the send buffer. gVisor locks it too, for calls that only look.
func (s sender) buffer(e *tcp.Endpoint) *tcp.TCPSndBufState {
	return (*tcp.TCPSndBufState)(unsafe.Add(unsafe.Pointer(e), offsets.sendBuffer))
}

func route(e *tcp.Endpoint) *stack.Route {
	return *(**stack.Route)(unsafe.Add(unsafe.Pointer(e), offsets.route))
}

// routeOf returns where packets of e go. It reports false if the neighbor's address has to be looked up or confirmed, or if
// they do not leave the host.
func routeOf(e *tcp.Endpoint) (to stack.RouteInfo, ok bool) {
	r := route(e)
	if r == nil || r.Loop() != stack.PacketOut {
		return to, false
	}
	to, _, err := routeResolvedFields(r, nil)
	return to, err == nil
}

// confirm says that the neighbor that packets of e go to is there, since e's peer has acknowledged something.
func confirm(e *tcp.Endpoint) {
	if r := route(e); r != nil {
		r.ConfirmReachable()
	}
}

func routeTTL(e *tcp.Endpoint) uint8 { return route(e).DefaultTTL() }

// sendParams returns what the next segment acknowledges, and the window that it offers, scaled.
func (r receiver) sendParams() (next seqnum.Value, window seqnum.Size) {
	return receiverGetSendParams(r.p)
}

// newOutgoingSegment returns a segment with one reference, which takes over data.
func newOutgoingSegment(id stack.TransportEndpointID, clock tcpip.Clock, data buffer.Buffer, mark uint32) segment {
	return segment{newOutgoing(id, clock, data, mark)}
}

// append puts a segment at the end of what has not been acknowledged.
func (s sender) append(g segment) segment {
	writeListPushBack(unsafe.Add(s.p, offsets.list), g.p)
	return g
}

// transmitted marks a segment as sent once.
func (g segment) transmitted(sequence seqnum.Value, flags header.TCPFlags, now tcpip.MonotonicTime) {
	*g.sequence() = sequence
	*(*header.TCPFlags)(unsafe.Add(g.p, offsets.flags)) = flags
	*(*tcpip.MonotonicTime)(unsafe.Add(g.p, offsets.sent)) = now
	*(*uint32)(unsafe.Add(g.p, offsets.count)) = 1
}
