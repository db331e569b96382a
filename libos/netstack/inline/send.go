package inline

import (
	"encoding/binary"
	"io"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/seqnum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// maxHead is the length of the longest headers that Send writes: Ethernet, IPv6 and TCP with timestamps.
const maxHead = header.EthernetMinimumSize + header.IPv6MinimumSize + header.TCPMinimumSize + 12

// Send writes all of p to a connection as one segment, and reports whether it did: where gVisor would send it at once, as it
// is, and nothing waits before it. The segment joins the sender's list as any other, but the frame is built here and not by
// the layers below TCP. If Send did not, p may have been read.
func (q *Queue) Send(f *Flow, p tcpip.Payloader) bool {
	if f == nil || q.Write == nil || !f.ep.TryLock() {
		return false
	}
	ok := q.send(f, p)
	f.ep.ResumeWork()
	return ok
}

func (q *Queue) send(f *Flow, p tcpip.Payloader) bool {
	e, s, r := f.ep, senderOf(f.ep), receiverOf(f.ep)
	if e.EndpointState() != tcp.StateEstablished {
		return false
	}
	now, size := q.clock.NowMonotonic(), p.Len()
	used, options := s.buffer(e), e.SocketOptions()
	switch {
	case size > s.MaxPayloadSize || s.next().p != nil || s.recovery() != tcpip.Open || s.Outstanding >= s.SndCwnd:
		return false // it, or something before it, must wait or be cut
	case seqnum.Size(size) > s.SndWnd || s.SndNxt.Add(seqnum.Size(size)).Size(s.SndUna.Add(s.SndWnd)) > s.SndWnd:
		return false // the peer has no room
	case used.SndClosed || int64(used.SndBufUsed+size) > options.GetSendBufferSize():
		return false
	case options.GetDelayOption() || r.PendingBufUsed > 0:
		return false // Nagle's algorithm, or selective acknowledgments
	}
	if now.Sub(s.LastSendTime) > s.RTO {
		s.SndCwnd = min(s.SndCwnd, tcp.InitialCwnd) // what it was is out of date (RFC 5681 section 4.1)
	}
	to, ok := routeOf(e)
	if !ok {
		return false // the neighbor has to be asked
	}
	view := buffer.NewView(size)
	view.Grow(size)
	if _, err := io.ReadFull(p, view.AsSlice()); err != nil {
		view.Release()
		return false
	}
	acked, window := r.sendParams()
	head := q.head[:]
	head = head[:f.header(head, &to, s, acked, window, e.TSOffset.TSVal(now), view.AsSlice())]
	if !q.Write(head, view.AsSlice()) {
		view.Release()
		return false
	}
	g := s.append(newOutgoingSegment(f.id, q.clock, buffer.MakeWithView(view), options.GetMark()))
	g.transmitted(s.SndNxt, header.TCPFlagAck|header.TCPFlagPsh, now)
	if s.SndNxt == s.RTTMeasureSeqNum {
		s.RTTMeasureTime = now
	}
	used.SndBufUsed += size
	s.SndNxt = s.SndNxt.Add(seqnum.Size(size))
	s.Outstanding++
	s.LastSendTime, s.MaxSentAck = now, acked
	if !s.timerSet() {
		s.restartTimer()
	}
	if options.GetKeepAlive() {
		disableKeepaliveTimer(e) // until all has been acknowledged
	}
	q.watch(e)
	q.sent.Increment()
	q.stats.Sent++
	return true
}

// header writes the headers of a segment and returns their length.
func (f *Flow) header(b []byte, to *stack.RouteInfo, s sender, acked seqnum.Value, window seqnum.Size, now uint32, payload []byte) int {
	header.Ethernet(b).Encode(&header.EthernetFields{SrcAddr: to.LocalLinkAddress, DstAddr: to.RemoteLinkAddress, Type: to.NetProto})
	b = b[header.EthernetMinimumSize:]
	length := header.TCPMinimumSize
	if f.ep.SendTSOk {
		length += 12
	}
	total := uint16(length + len(payload))
	network := header.IPv4MinimumSize
	if to.NetProto == header.IPv4ProtocolNumber {
		h := header.IPv4(b)
		h.Encode(&header.IPv4Fields{TotalLength: uint16(network) + total, Flags: header.IPv4FlagDontFragment, TTL: routeTTL(f.ep),
			Protocol: uint8(header.TCPProtocolNumber), SrcAddr: f.id.LocalAddress, DstAddr: f.id.RemoteAddress})
		h.SetChecksum(^h.CalculateChecksum())
	} else {
		network = header.IPv6MinimumSize
		header.IPv6(b).Encode(&header.IPv6Fields{PayloadLength: total, TransportProtocol: header.TCPProtocolNumber,
			HopLimit: routeTTL(f.ep), SrcAddr: f.id.LocalAddress, DstAddr: f.id.RemoteAddress})
	}
	h := header.TCP(b[network : network+length])
	h.Encode(&header.TCPFields{SrcPort: f.id.LocalPort, DstPort: f.id.RemotePort, SeqNum: uint32(s.SndNxt), AckNum: uint32(acked),
		DataOffset: uint8(length), Flags: header.TCPFlagAck | header.TCPFlagPsh, WindowSize: uint16(window)})
	if f.ep.SendTSOk {
		o := h[header.TCPMinimumSize:]
		binary.BigEndian.PutUint32(o, timestampLayout)
		binary.BigEndian.PutUint32(o[4:], now)
		binary.BigEndian.PutUint32(o[8:], f.ep.RecentTS)
	}
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, f.id.LocalAddress, f.id.RemoteAddress, total)
	h.SetChecksum(^checksum.Checksum(payload, checksum.Checksum(h, sum)))
	return header.EthernetMinimumSize + network + length
}
