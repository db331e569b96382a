package inline

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// A tuple names a connection by the bytes of a segment that reach from the source address to the ports: 12 bytes of IPv4,
// 36 of IPv6.
type (
	tuple4 [12]byte
	tuple6 [36]byte
)

// A Flow is an established connection that segments can be given to without asking the stack whose they are.
type Flow struct {
	ep       *tcp.Endpoint
	id       stack.TransportEndpointID
	receiver Receiver

	confirmed tcpip.MonotonicTime // when the neighbor was last said to be there
}

// flows are the connections of a Queue, by tuple.
type flows struct {
	v4 map[tuple4]*Flow
	v6 map[tuple6]*Flow
}

// Learn has Early and Take see the segments of ep, which is established, until Forget.
func (q *Queue) Learn(ep tcpip.Endpoint, r Receiver) *Flow {
	e, ok := ep.(*tcp.Endpoint)
	if !ok {
		return nil
	}
	f := &Flow{ep: e, id: e.TransportEndpointInfo.ID, receiver: r}
	if f.id.LocalAddress.Len() == header.IPv4AddressSize {
		q.flows.v4[f.id4()] = f
	} else {
		q.flows.v6[f.id6()] = f
	}
	return f
}

// Forget undoes Learn. nil is nothing to forget.
func (q *Queue) Forget(f *Flow) {
	switch {
	case f == nil:
	case f.id.LocalAddress.Len() == header.IPv4AddressSize:
		if t := f.id4(); q.flows.v4[t] == f { // not one that came after it
			delete(q.flows.v4, t)
		}
	default:
		if t := f.id6(); q.flows.v6[t] == f {
			delete(q.flows.v6, t)
		}
	}
}

// Idle reports whether there is nothing to read, and nothing to know: the connection is established and no data waits. It may
// report false though that is so.
func (f *Flow) Idle() bool {
	if f == nil || f.ep.EndpointState() != tcp.StateEstablished || !f.ep.TryLock() {
		return false
	}
	idle := f.ep.RcvBufUsed == 0 && !f.ep.RcvClosed
	f.ep.ResumeWork()
	return idle
}

func (f *Flow) id4() (t tuple4) {
	src, dst := f.id.RemoteAddress.As4(), f.id.LocalAddress.As4()
	copy(t[0:], src[:])
	copy(t[4:], dst[:])
	f.ports(t[8:])
	return t
}

func (f *Flow) id6() (t tuple6) {
	src, dst := f.id.RemoteAddress.As16(), f.id.LocalAddress.As16()
	copy(t[0:], src[:])
	copy(t[16:], dst[:])
	f.ports(t[32:])
	return t
}

func (f *Flow) ports(b []byte) {
	binary.BigEndian.PutUint16(b[0:], f.id.RemotePort)
	binary.BigEndian.PutUint16(b[2:], f.id.LocalPort)
}

// Early queues a packet that is an ordinary segment of a known connection, and reports whether it was: IPv4 without options
// and not a fragment, or IPv6 without extension headers, with no flags but ACK and PSH. The addresses are then those of the
// connection, so that what the stack would check of them holds. Its checksums have been verified; lengths have not. The data
// of pkt begins with the IP header, and is as it was if the stack has to look at it. pkt stays the caller's.
func (q *Queue) Early(protocol tcpip.NetworkProtocolNumber, pkt *stack.PacketBuffer) bool {
	var f *Flow
	var ip, total int // lengths of the IP header and of the packet
	switch protocol {
	case header.IPv4ProtocolNumber:
		h, ok := pkt.Data().PullUp(header.IPv4MinimumSize + header.TCPMinimumSize)
		if !ok || h[0] != 0x45 || h[9] != uint8(header.TCPProtocolNumber) || h[6]&0x3f != 0 || h[7] != 0 || h[8] == 0 {
			return false
		}
		ip, total = header.IPv4MinimumSize, int(binary.BigEndian.Uint16(h[2:]))
		f = q.flows.v4[tuple4(h[12:24])]
	case header.IPv6ProtocolNumber:
		h, ok := pkt.Data().PullUp(header.IPv6MinimumSize + header.TCPMinimumSize)
		if !ok || h[0]>>4 != 6 || h[6] != uint8(header.TCPProtocolNumber) || h[7] == 0 {
			return false
		}
		ip = header.IPv6MinimumSize
		total = ip + int(binary.BigEndian.Uint16(h[4:]))
		f = q.flows.v6[tuple6(h[8:44])]
	}
	if f == nil || total > pkt.Data().Size() || total < ip+header.TCPMinimumSize || f.ep.EndpointState() != tcp.StateEstablished {
		return false
	}
	h, _ := pkt.Data().PullUp(ip + header.TCPMinimumSize)
	segment := header.TCP(h[ip:])
	offset := int(segment.DataOffset())
	if segment.Flags()&^header.TCPFlagPsh != header.TCPFlagAck || offset < header.TCPMinimumSize || ip+offset > total {
		return false
	}
	pkt.Data().CapLength(total)
	pkt.NetworkHeader().Consume(ip)
	pkt.TransportHeader().Consume(offset)
	pkt.NetworkProtocolNumber, pkt.TransportProtocolNumber = protocol, header.TCPProtocolNumber
	pkt.RXChecksumValidated = true
	q.protocol.QueuePacket(f.ep, f.id, pkt)
	q.stats.Early++
	return true
}
