package netstack_test

import (
	"encoding/binary"
	"flag"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link"
)

var simFrames = flag.Bool("sim.frames", false, "with -sim.seed: print each TCP segment that a host sends or receives")

// show prints a frame that a side has sent (">") or received ("<").
func (s *sim) show(side int, way string, b []byte) {
	if !*simFrames || len(b) < link.EthernetHeaderLen+header.IPv4MinimumSize {
		return
	}
	var segment []byte
	switch ip := b[link.EthernetHeaderLen:]; binary.BigEndian.Uint16(b[12:]) {
	case uint16(header.IPv4ProtocolNumber):
		if h := header.IPv4(ip); h.IsValid(len(ip)) && h.TransportProtocol() == header.TCPProtocolNumber {
			segment = h.Payload()
		}
	case uint16(header.IPv6ProtocolNumber):
		if h := header.IPv6(ip); h.IsValid(len(ip)) && h.NextHeader() == uint8(header.TCPProtocolNumber) {
			segment = h.Payload()
		}
	}
	tcp := header.TCP(segment)
	if len(tcp) < header.TCPMinimumSize || int(tcp.DataOffset()) > len(tcp) || tcp.DataOffset() < header.TCPMinimumSize {
		return // not TCP, or damaged
	}
	s.Logf("%14v %s %s %v seq %d len %d ack %d window %d sack %v", s.now.Sub(s.began), s.sides[side].name(), way, tcp.Flags(),
		tcp.SequenceNumber(), len(tcp.Payload()), tcp.AckNumber(), tcp.WindowSize(), tcp.ParsedOptions().SACKBlocks)
}
