package linktest

import (
	"encoding/binary"

	"github.com/catamaran-os/catamaran/link"
)

const (
	tcpAt     = link.EthernetHeaderLen + 20 // behind an IPv4 header without options
	tcpDataAt = tcpAt + 20
)

// segmented sends packets of TCP that are longer than the MTU, in several frames, and has the device cut them. They may arrive
// cut, or as they are.
func segmented(x *exec) {
	l := x.open()
	info := l.A.Info()
	if info.Offloads&link.TxSegmentation == 0 {
		x.na = "the device does not cut segments"
		return
	}
	if l.Faults {
		x.na = "frames are lost on purpose"
		return
	}
	room := roomOf(l.a)
	for _, size := range []int{1, info.MTU, room + 1, 3*room - tcpDataAt, 20000, min(info.Pieces*room, 0xffff+link.EthernetHeaderLen) - tcpDataAt} {
		packet := tcpPacket(l.B.Info().MAC, info.MAC, size)
		f := make([]link.Frame, (len(packet)+room-1)/room)
		eventually("free frames", func() bool {
			n := l.a.alloc(f)
			if n < len(f) {
				l.a.free(f[:n])
			}
			return n == len(f)
		})
		rest := packet
		for i := range f {
			f[i].Data = f[i].Data[:min(room, len(rest))]
			rest = rest[copy(f[i].Data, rest):]
			f[i].More = len(rest) > 0
		}
		f[0].CsumStart, f[0].SegmentSize = tcpAt, uint16(info.MTU-(tcpDataAt-link.EthernetHeaderLen))
		eventually("a TX ring with room", func() bool {
			n, err := l.a.q.TxBurst(f)
			l.a.alive("TxBurst", err)
			if n != 0 && n != len(f) {
				failf("TxBurst took %d frames of a packet of %d", n, len(f))
			}
			l.a.held -= n
			l.a.check("TxBurst")
			return n == len(f)
		})
		l.reassemble(packet[tcpDataAt:])
	}
	l.works()
}

// tcpPacket makes a frame with a TCP segment, as long as IPv4 allows, with the sum over the pseudo-header in its checksum field.
func tcpPacket(dst, src []byte, size int) []byte {
	b := make([]byte, tcpDataAt+size)
	copy(b, dst)
	copy(b[6:], src)
	b[12], b[13] = 0x08, 0x00
	ip := b[link.EthernetHeaderLen:tcpAt]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(len(b)-link.EthernetHeaderLen))
	copy(ip[12:], []byte{10, 9, 8, 1, 10, 9, 8, 2})
	binary.BigEndian.PutUint16(ip[10:], ^sum(0, ip))
	tcp := b[tcpAt:]
	tcp[1], tcp[3], tcp[12], tcp[13] = 1, 2, 5<<4, 0x10
	binary.BigEndian.PutUint16(tcp[16:], sum(6+uint32(len(tcp)), ip[12:]))
	for i := range tcp[20:] {
		tcp[20+i] = byte(i*7) ^ byte(i>>8)
	}
	return b
}

// sum is the Internet checksum of bytes, an even number of them, not inverted (RFC 1071).
func sum(s uint32, b []byte) uint16 {
	for ; len(b) > 0; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	s = s&0xffff + s>>16
	return uint16(s + s>>16)
}

// reassemble receives at B until it has all of a payload, and compares it.
func (l *lab) reassemble(want []byte) {
	got, have := make([]byte, len(want)), 0
	var f [64]link.Frame
	eventually("a segment that was left to the device", func() bool {
		n, err := l.b.rx(f[:])
		l.b.alive("RxBurst", err)
		for i := 0; i < n; {
			var packet []byte
			for more := true; more; i++ {
				if i == n {
					failf("B received a part of a packet")
				}
				packet = append(packet, f[i].Data...)
				more = f[i].More
			}
			if len(packet) < tcpDataAt || packet[12] != 8 || packet[13] != 0 || packet[23] != 6 {
				continue // not of the suite
			}
			packet = packet[:link.EthernetHeaderLen+int(binary.BigEndian.Uint16(packet[16:]))] // without padding
			seq := int(binary.BigEndian.Uint32(packet[tcpAt+4:]))
			if seq+len(packet)-tcpDataAt > len(want) {
				failf("B received %d bytes at %d of a segment of %d", len(packet)-tcpDataAt, seq, len(want))
			}
			have += copy(got[seq:], packet[tcpDataAt:])
		}
		l.b.free(f[:n])
		return have >= len(want)
	})
	for i := range want {
		if got[i] != want[i] {
			failf("byte %d of a segment of %d is %#x, want %#x", i, len(want), got[i], want[i])
		}
	}
}
