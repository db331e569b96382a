package endpoint

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"

	"github.com/catamaran-os/catamaran/link"
)

// packetOf returns the frames of the packet that burst begins with, and how long it is.
func packetOf(burst []link.Frame) (packet []link.Frame, size int) {
	for k := range burst {
		size += len(burst[k].Data)
		if !burst[k].More {
			return burst[:k+1], size
		}
	}
	return burst, size
}

// shortPieces offers a TCP segment in several frames to the shortcut, as it is. The device has verified it.
func (e *Endpoint) shortPieces(packet []link.Frame, size int) bool {
	if e.shortcut == nil || packet[0].Csum != link.CsumGood {
		return false
	}
	b := packet[0].Data
	tcp, data := tcpOf(b, size)
	if data == 0 || [6]byte(b) != e.mac || !e.shortcut.Wants(b[link.EthernetHeaderLen:], tcp-link.EthernetHeaderLen, data-link.EthernetHeaderLen) {
		return false
	}
	e.parts[0] = b[data:]
	for k := range packet[1:] {
		e.parts[1+k] = packet[1+k].Data
	}
	ok := e.shortcut.Take(e.parts[:len(packet)], size-data)
	clear(e.parts[:len(packet)])
	if ok {
		s := segment{b, tcp, data}
		e.stats.RxDelivered++
		e.runs.expected.set(s.key(), s.seq()+uint32(size-data))
	}
	return ok
}

// tcpOf returns where the TCP header and the payload of a packet of size bytes begin, whose first frame is b: 0 if it carries
// something else, has options or extension headers, or another length.
func tcpOf(b []byte, size int) (tcp, data int) {
	const ip = link.EthernetHeaderLen
	if len(b) < ip+60 {
		return 0, 0
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case typeIPv4:
		const fragment = 0x3fff
		if b[ip] != 0x45 || b[ip+8] == 0 || b[ip+9] != protoTCP || int(binary.BigEndian.Uint16(b[ip+2:])) != size-ip ||
			binary.BigEndian.Uint16(b[ip+6:])&fragment != 0 || checksum.Checksum(b[ip:ip+20], 0) != 0xffff {
			return 0, 0
		}
		tcp = ip + 20
	case typeIPv6:
		if b[ip]>>4 != 6 || b[ip+6] != protoTCP || int(binary.BigEndian.Uint16(b[ip+4:])) != size-ip-40 {
			return 0, 0
		}
		tcp = ip + 40
	default:
		return 0, 0
	}
	data = tcp + int(b[tcp+12]>>4)*4
	if data < tcp+20 || data > len(b) {
		return 0, 0
	}
	return tcp, data
}

// join makes one frame of those of a packet, in memory that the stack can keep: take keeps it, or drop gives it back.
func (e *Endpoint) join(packet []link.Frame, size int) []link.Frame {
	e.joined = buffer.NewViewSize(size)
	b := e.joined.AsSlice()
	for k := range packet {
		b = b[copy(b, packet[k].Data):]
	}
	e.whole[0] = link.Frame{Data: e.joined.AsSlice(), Csum: packet[0].Csum}
	return e.whole[:]
}

// view returns a frame in memory that the stack can keep: that of join, or a copy.
func (e *Endpoint) view(b []byte) *buffer.View {
	v := e.joined
	if v == nil {
		return buffer.NewViewWithData(b)
	}
	e.joined = nil
	v.CapLength(len(b)) // without padding
	return v
}

// drop forgets what join made, unless it was kept.
func (e *Endpoint) drop() {
	e.whole[0] = link.Frame{}
	if e.joined != nil {
		e.joined.Release()
		e.joined = nil
	}
}
