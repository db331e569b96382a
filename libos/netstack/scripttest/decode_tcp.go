package scripttest

import (
	"fmt"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip/header"
)

// tcpFlags are the letters of TCP flags in the order of tcpdump, and tcpFlagBits their bits.
const tcpFlags = "FSRP.UEW"

var tcpFlagBits = [len(tcpFlags)]header.TCPFlags{
	header.TCPFlagFin, header.TCPFlagSyn, header.TCPFlagRst, header.TCPFlagPsh, header.TCPFlagAck, header.TCPFlagUrg, 1 << 6, 1 << 7,
}

func (x *names) decodeTCP(p *packet, h header.TCP) {
	p.src.port, p.dst.port = x.ports.name(p.src.host, h.SourcePort()), x.ports.name(p.dst.host, h.DestinationPort())
	there, back := [2]station{p.src, p.dst}, [2]station{p.dst, p.src}
	if h.Flags()&header.TCPFlagSyn != 0 {
		x.isn[there] = h.SequenceNumber()
	}
	var flags strings.Builder
	for i, bit := range tcpFlagBits {
		if h.Flags()&bit != 0 {
			flags.WriteByte(tcpFlags[i])
		}
	}
	p.kind = "[" + flags.String() + "]"
	seq, payload := h.SequenceNumber()-x.isn[there], h.Payload()
	if n := uint32(len(payload)); n == 0 {
		p.set("seq", "%d", int32(seq))
	} else {
		p.set("seq", "%d:%d", seq, seq+n)
		off := int(seq) - 1
		if h.Flags()&header.TCPFlagSyn != 0 {
			off = 0
		}
		p.verify(off, payload)
	}
	if h.Flags()&header.TCPFlagAck != 0 {
		p.set("ack", "%d", h.AckNumber()-x.isn[back])
	}
	if h.Flags()&header.TCPFlagRst == 0 {
		p.set("win", "%d", h.WindowSize())
	}
	if h.Flags()&header.TCPFlagSyn != 0 {
		p.set("opts", "%s", optionsText(h))
	} else if blocks := h.ParsedOptions().SACKBlocks; len(blocks) > 0 {
		var parts []string
		for _, s := range blocks {
			parts = append(parts, fmt.Sprintf("%d:%d", uint32(s.Start)-x.isn[back], uint32(s.End)-x.isn[back]))
		}
		p.set("sack", "%s", strings.Join(parts, ","))
	}
}

func optionsText(h header.TCP) string {
	o := header.ParseSynOptions(h.Options(), h.Flags()&header.TCPFlagAck != 0)
	parts := []string{fmt.Sprintf("mss:%d", o.MSS)}
	if o.SACKPermitted {
		parts = append(parts, "sack")
	}
	if o.TS {
		parts = append(parts, "ts")
	}
	if o.WS >= 0 {
		parts = append(parts, fmt.Sprintf("ws:%d", o.WS))
	}
	return strings.Join(parts, ",")
}
