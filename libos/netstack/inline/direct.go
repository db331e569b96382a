package inline

import (
	"encoding/binary"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// A Receiver takes the data of a connection as it arrives.
type Receiver interface {
	// Room returns memory for the next n bytes of the stream. nil: they are to stay with the connection.
	Room(n int) []byte
	// Received says that the memory which Room returned last has been filled.
	Received()
}

// An offer is a segment that Wants was asked about.
type offer struct {
	f       *Flow
	h       header.TCP
	options header.TCPOptions
}

// Wants implements endpoint.Shortcut: a segment that continues an established connection, acknowledges nothing out of the
// ordinary, and whose data somebody waits for, goes straight to its Receiver. What would be done for it in the stack's queues
// is done here; the acknowledgment that it carries is processed by gVisor's sender.
func (q *Queue) Wants(packet []byte, tcpAt, dataAt int) bool {
	var f *Flow
	switch tcpAt {
	case header.IPv4MinimumSize:
		f = q.flows.v4[tuple4(packet[12:24])]
	case header.IPv6MinimumSize:
		f = q.flows.v6[tuple6(packet[8:44])]
	}
	if f == nil || f.receiver == nil {
		return false
	}
	h := header.TCP(packet[tcpAt:dataAt])
	options, ok := timestamps(h[header.TCPMinimumSize:])
	const reserved = 0xf
	if !ok || h.Flags()&^header.TCPFlagPsh != header.TCPFlagAck || h[12]&reserved != 0 {
		return false
	}
	q.offer = offer{f, h, options}
	return f.ep.EndpointState() == tcp.StateEstablished && empty(f.ep) // Take looks at the rest, with the endpoint locked
}

// Take implements endpoint.Shortcut.
func (q *Queue) Take(payload [][]byte, n int) bool {
	e := q.offer.f.ep
	if !e.TryLock() {
		return false
	}
	ok := q.receive(&q.offer, payload, n)
	taken := ok && n > 0
	moderate := taken && q.measure(e, n)
	e.ResumeWork()
	if moderate {
		e.ModerateRecvBuf(n)
	}
	if taken {
		q.offer.f.receiver.Received()
	}
	q.offer = offer{}
	return ok
}

// receive does Take's work with the endpoint locked.
func (q *Queue) receive(o *offer, payload [][]byte, size int) bool {
	f, h := o.f, o.h
	e, s, r := f.ep, senderOf(f.ep), receiverOf(f.ep)
	ack, n := seqnum.Value(h.AckNumber()), seqnum.Size(size)
	switch {
	case o.options.TS != e.SendTSOk:
		return false
	case e.EndpointState() != tcp.StateEstablished || e.RcvClosed || e.RcvBufUsed > 0 || r.PendingBufUsed > 0:
		return false // something comes before it, or is missing
	case seqnum.Value(h.SequenceNumber()) != r.RcvNxt || r.RcvNxt.Size(r.RcvAcc) < n || r.RcvAcc.LessThan(r.RcvNxt):
		return false
	case ack.LessThan(s.SndUna) || s.SndNxt.LessThan(ack) || n == 0 && ack == s.SndUna || !s.board.Empty():
		return false // old, or a duplicate that tells of a loss
	}
	window := s.window(seqnum.Size(h.WindowSize())<<s.SndWndScale, r.RcvNxt, ack, r.RcvNxt)
	if n > 0 {
		room := f.receiver.Room(size)
		if room == nil {
			return false
		}
		for _, p := range payload {
			room = room[copy(room, p):]
		}
		r.RcvNxt = r.RcvNxt.Add(n)
	}
	now := q.clock.NowMonotonic()
	*r.lastAck() = now
	g := q.acknowledgment()
	*g.acked() = ack
	*g.window() = window
	*g.options() = o.options
	*g.received() = now
	*g.sequence() = seqnum.Value(h.SequenceNumber())
	una := s.SndUna
	s.handle(g)
	if una != s.SndUna && now.Sub(f.confirmed) >= confirmEvery {
		f.confirmed = now
		confirm(e)
	}
	q.watch(e)
	q.received.Increment()
	q.stats.Segments++
	q.stats.Direct++
	q.owe(e)
	return true
}

// measure counts n bytes that were taken for the size of the receive buffer, as if they had been read from it, and reports
// whether gVisor is to look at it: once in a round trip, which it measures too.
func (q *Queue) measure(e *tcp.Endpoint, n int) bool {
	now, r, p := q.clock.NowMonotonic(), receiverOf(e), &e.RcvAutoParams
	if p.RTTMeasureTime == (tcpip.MonotonicTime{}) || p.RTTMeasureSeqNumber.LessThanEq(r.RcvNxt) {
		r.updateRTT(now)
	}
	if p.RTT > 0 && now.Sub(p.MeasureTime) >= p.RTT {
		return true
	}
	p.CopiedBytes += n
	return false
}

// confirmEvery is how often a connection says that its neighbor is there, less than the time after which that is doubted
// (RFC 4861 section 10, REACHABLE_TIME).
const confirmEvery = time.Second

// timestampLayout is NOP, NOP, and kind and length of the timestamps option (RFC 7323 appendix A).
const timestampLayout = 0x0101080a

// timestamps parses options that are none, or timestamps laid out as recommended.
func timestamps(b []byte) (o header.TCPOptions, ok bool) {
	switch {
	case len(b) == 0:
		return o, true
	case len(b) == 12 && binary.BigEndian.Uint32(b) == timestampLayout:
		return header.TCPOptions{TS: true, TSVal: binary.BigEndian.Uint32(b[4:]), TSEcr: binary.BigEndian.Uint32(b[8:])}, true
	}
	return o, false
}

// acknowledgment is the one segment that stands for all that Take processes. It has a byte of data, so that it is never
// taken for a duplicate acknowledgment.
func (q *Queue) acknowledgment() segment {
	if q.ack.p != nil {
		return q.ack
	}
	b := make([]byte, header.IPv4MinimumSize+header.TCPMinimumSize+1)
	header.IPv4(b).Encode(&header.IPv4Fields{TotalLength: uint16(len(b)), Protocol: uint8(header.TCPProtocolNumber)})
	header.TCP(b[header.IPv4MinimumSize:]).Encode(&header.TCPFields{DataOffset: header.TCPMinimumSize, Flags: header.TCPFlagAck})
	pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(b)})
	pkt.NetworkHeader().Consume(header.IPv4MinimumSize)
	pkt.TransportHeader().Consume(header.TCPMinimumSize)
	pkt.NetworkProtocolNumber, pkt.RXChecksumValidated = header.IPv4ProtocolNumber, true
	q.ack = newSegment(q.clock, pkt)
	pkt.DecRef()
	return q.ack
}

// Close releases what the queue holds. The stack must have ended.
func (q *Queue) Close() {
	if q.ack.p != nil {
		q.ack.release()
		q.ack = segment{}
	}
}
