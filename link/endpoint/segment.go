package endpoint

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
)

const (
	// maxSegmented is how long a segment TCP may hand over; it leaves room for headers itself.
	maxSegmented = 64 << 10

	// maxHeader is as much as the headers of a segment can take: Ethernet, IPv4 with options, TCP with options. The stack
	// sends IPv6 extension headers with TCP only for experiments (RFC 4727), of 8 bytes.
	maxHeader = link.EthernetHeaderLen + 60 + 60

	tcpFlagFIN, tcpFlagCWR = 0x01, 0x80
)

// GSOMaxSize implements stack.GSOEndpoint.
func (*Endpoint) GSOMaxSize() uint32 { return maxSegmented }

// SupportedGSO implements stack.GSOEndpoint: TCP hands over segments that are longer than the MTU allows, and all its
// checksums with the sum over the pseudo-header alone.
func (*Endpoint) SupportedGSO() stack.SupportedGSO { return stack.HostGSOSupported }

// A job is a packet on its way into frames.
type job struct {
	pkt    *stack.PacketBuffer
	frames int // that it still needs

	whole bool // the device cuts the segment: it goes out in frames that belong together

	// Of a segment that is cut:
	tcp     int // where the TCP header begins
	header  int // bytes before the payload
	piece   int // payload bytes in each frame but the last; 0: it is not cut
	payload int
	done    int // payload bytes that are in frames already
}

// newJob says how pkt becomes frames of at most limit bytes.
func newJob(pkt *stack.PacketBuffer, limit int) (job, tcpip.Error) {
	gso := &pkt.GSOOptions
	payload := pkt.Data().Size()
	tcp := gso.Type == stack.GSOTCPv4 || gso.Type == stack.GSOTCPv6
	fits := pkt.Size() <= limit
	// The MSS is less than the MTU allows where the peer wants it so. Before the handshake has said, it is 0.
	if fits && !(tcp && gso.MSS > 0 && payload > int(gso.MSS)) {
		return job{pkt: pkt, frames: 1}, nil
	}
	if !tcp {
		return job{}, &tcpip.ErrMessageTooLong{}
	}
	j := job{pkt: pkt, payload: payload, header: pkt.Size() - payload}
	j.tcp = j.header - len(pkt.TransportHeader().Slice())
	j.piece = min(int(gso.MSS), limit-j.header)
	if j.header > maxHeader || j.piece <= 0 {
		return job{}, &tcpip.ErrMessageTooLong{}
	}
	j.cutHere()
	return j, nil
}

// cutHere has the segment cut here, not by the device.
func (j *job) cutHere() { j.whole, j.frames = false, (j.payload+j.piece-1)/j.piece }

// leave has the device cut the segment, if it can, with frames of so much room.
func (j *job) leave(room, pieces int) {
	if j.piece == 0 || j.header > room {
		return
	}
	if n := (j.header + j.payload + room - 1) / room; n <= pieces {
		j.whole, j.frames = true, n
	}
}

// uncut copies the packet, as it is, into frames that belong together. There are enough of them.
func (j *job) uncut(frames []link.Frame, acks *expected) {
	r := read(j.pkt)
	for i := range frames {
		f := &frames[i]
		room := f.Data[:cap(f.Data)]
		f.Data = room[:r.next(room, len(room))]
		f.More, f.CsumStart, f.SegmentSize = i < len(frames)-1, 0, 0
	}
	f := &frames[0]
	f.CsumStart, f.SegmentSize = uint16(j.tcp), uint16(j.piece)
	acks.sent(f.Data[link.EthernetHeaderLen:j.tcp], f.Data[j.tcp:])
	j.frames = 0
}

// A reader reads the bytes of a packet.
type reader struct {
	view *buffer.View
	b    []byte // what is left of it
}

func read(pkt *stack.PacketBuffer) reader {
	views, skip := pkt.AsViewList()
	r := reader{view: views.Front()}
	if r.view != nil {
		r.b = r.view.AsSlice()
	}
	r.next(nil, skip)
	return r
}

// next reads n bytes, or as many as there are, and copies them to dst, if that is not nil.
func (r *reader) next(dst []byte, n int) (read int) {
	for r.view != nil {
		k := min(len(r.b), n-read)
		if dst != nil {
			copy(dst[read:], r.b[:k])
		}
		read += k
		if r.b = r.b[k:]; read == n {
			break
		}
		if r.view = r.view.Next(); r.view != nil {
			r.b = r.view.AsSlice()
		}
	}
	return read
}

// one copies the packet into a frame. offload leaves TCP's checksum to the device.
func (j *job) one(f *link.Frame, acks *expected, offload bool) {
	r := read(j.pkt)
	room := f.Data[:cap(f.Data)]
	f.Data = room[:r.next(room, len(room))]
	f.More, f.CsumStart, f.SegmentSize = false, 0, 0
	j.frames = 0
	if o := &j.pkt.GSOOptions; o.NeedsCsum && o.Type != stack.GSONone {
		// The sum over the pseudo-header is in place, and counts as part of the segment (RFC 1071 section 1).
		at := link.EthernetHeaderLen + len(j.pkt.NetworkHeader().Slice())
		tcp := header.TCP(f.Data[at:])
		if offload {
			f.CsumStart = uint16(at)
		} else {
			tcp.SetChecksum(^checksum.Checksum(tcp, 0))
		}
		acks.sent(f.Data[link.EthernetHeaderLen:], tcp)
	}
}

// cut copies what is left into frames, as far as there are any, and returns how many it filled.
func (j *job) cut(frames []link.Frame, head *[maxHeader]byte, acks *expected) (n int) {
	r := read(j.pkt)
	h := head[:r.next(head[:], j.header)]
	r.next(nil, j.done)
	tcp := header.TCP(h[j.tcp:])
	acks.sent(h[link.EthernetHeaderLen:], tcp)
	flags, seq := tcp.Flags(), tcp.SequenceNumber()
	// What the stack left in the checksum field, without the length of the segment.
	pseudo := checksum.Combine(tcp.Checksum(), ^uint16(len(tcp)+j.payload))
	for j.frames > 0 && n < len(frames) {
		k := min(j.piece, j.payload-j.done)
		f := &frames[n]
		f.Data = f.Data[:j.header+k]
		f.More, f.CsumStart, f.SegmentSize = false, 0, 0
		copy(f.Data, h)
		r.next(f.Data[j.header:], k)

		part := flags
		if j.done > 0 {
			part &^= tcpFlagCWR // RFC 3168 section 6.1.2: one mark
		}
		if j.frames > 1 {
			part &^= tcpFlagFIN | tcpFlagPSH
		}
		j.number(f.Data[link.EthernetHeaderLen:j.tcp], len(tcp)+k)
		tcp := header.TCP(f.Data[j.tcp:])
		tcp.SetSequenceNumber(seq + uint32(j.done))
		tcp.SetFlags(uint8(part))
		tcp.SetChecksum(checksum.Combine(pseudo, uint16(len(tcp))))
		tcp.SetChecksum(^checksum.Checksum(tcp, 0))

		j.done += k
		j.frames--
		n++
	}
	return n
}

// number writes into an IP header what differs from frame to frame. segment is the length of the TCP segment.
func (j *job) number(ip []byte, segment int) {
	if ip[0]>>4 == 6 {
		const base = 40 // RFC 8200 section 3: extension headers count as payload
		binary.BigEndian.PutUint16(ip[4:], uint16(len(ip)-base+segment))
		return
	}
	h := header.IPv4(ip)
	h.SetTotalLength(uint16(len(ip) + segment))
	h.SetID(h.ID() + uint16(j.done/j.piece))
	h.SetChecksum(0)
	h.SetChecksum(^h.CalculateChecksum())
}
