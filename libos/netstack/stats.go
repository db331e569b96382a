package netstack

import (
	"github.com/catamaran-os/catamaran/libos/netstack/inline"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/endpoint"
)

// Stats are the counters of an engine, since Open, and what it has open now.
type Stats struct {
	Sockets  int // open, those that are being closed included
	Timers   int // set
	TCP      TCPStats
	Inline   inline.Stats // zero with TCPStock
	UDP      UDPStats
	IP       IPStats
	Endpoint endpoint.Stats
	Link     link.Stats
}

// TCPStats count segments and connections.
type TCPStats struct {
	Established   uint64 // connections now
	ActiveOpens   uint64 // connects that were started
	PassiveOpens  uint64 // connections that came to listening sockets
	FailedOpens   uint64 // handshakes that failed
	Received      uint64 // valid segments
	Invalid       uint64 // segments that were not
	Sent          uint64 // segments
	Retransmitted uint64 // of these, sent again
	Timeouts      uint64 // retransmission timers that expired
	ResetsSent    uint64
	ResetsGot     uint64
	Checksum      uint64 // dropped by the stack after reassembly
	SynDropped    uint64 // SYNs that found the backlog full
	SynCookies    uint64 // sent
}

// UDPStats count datagrams.
type UDPStats struct {
	Received    uint64
	Sent        uint64
	UnknownPort uint64 // received for a port that nobody has
	BufferFull  uint64 // received and dropped: the socket's buffer was full
	Malformed   uint64
	Checksum    uint64 // dropped by the stack after reassembly
	SendErrors  uint64
}

// IPStats count packets of both versions, without those that went past this layer (Inline.Early, Direct and Sent).
type IPStats struct {
	Received        uint64
	Delivered       uint64
	Sent            uint64
	SendErrors      uint64
	InvalidAddress  uint64 // for an address that is not ours, or from one that cannot be
	Malformed       uint64
	BadFragments    uint64
	EchoRequests    uint64 // received
	EchoReplies     uint64 // sent
	ICMPRateLimited uint64 // errors that were not sent
}

// Stats returns the counters. It makes no system call of its own; the device may.
func (e *Engine) Stats() Stats {
	g := e.stack.Stats()
	var processed inline.Stats
	if e.tcp != nil {
		processed = e.tcp.Stats()
	}
	s := Stats{
		Inline:   processed,
		Sockets:  len(e.sockets),
		Timers:   e.clock.pending(),
		Endpoint: e.link.Stats(),
		Link:     e.cfg.Queue.Stats(),
	}
	s.TCP = TCPStats{
		Established:   g.TCP.CurrentEstablished.Value(),
		ActiveOpens:   g.TCP.ActiveConnectionOpenings.Value(),
		PassiveOpens:  g.TCP.PassiveConnectionOpenings.Value(),
		FailedOpens:   g.TCP.FailedConnectionAttempts.Value(),
		Received:      g.TCP.ValidSegmentsReceived.Value(),
		Invalid:       g.TCP.InvalidSegmentsReceived.Value(),
		Sent:          g.TCP.SegmentsSent.Value(),
		Retransmitted: g.TCP.Retransmits.Value(),
		Timeouts:      g.TCP.Timeouts.Value(),
		ResetsSent:    g.TCP.ResetsSent.Value(),
		ResetsGot:     g.TCP.ResetsReceived.Value(),
		Checksum:      g.TCP.ChecksumErrors.Value(),
		SynDropped:    g.TCP.ListenOverflowSynDrop.Value(),
		SynCookies:    g.TCP.ListenOverflowSynCookieSent.Value(),
	}
	s.UDP = UDPStats{
		Received:    g.UDP.PacketsReceived.Value(),
		Sent:        g.UDP.PacketsSent.Value(),
		UnknownPort: g.UDP.UnknownPortErrors.Value(),
		BufferFull:  g.UDP.ReceiveBufferErrors.Value() + e.overflow,
		Malformed:   g.UDP.MalformedPacketsReceived.Value(),
		Checksum:    g.UDP.ChecksumErrors.Value(),
		SendErrors:  g.UDP.PacketSendErrors.Value(),
	}
	v4, v6 := g.ICMP.V4, g.ICMP.V6
	s.IP = IPStats{
		Received:        g.IP.PacketsReceived.Value(),
		Delivered:       g.IP.PacketsDelivered.Value(),
		Sent:            g.IP.PacketsSent.Value(),
		SendErrors:      g.IP.OutgoingPacketErrors.Value(),
		InvalidAddress:  g.IP.InvalidDestinationAddressesReceived.Value() + g.IP.InvalidSourceAddressesReceived.Value(),
		Malformed:       g.IP.MalformedPacketsReceived.Value(),
		BadFragments:    g.IP.MalformedFragmentsReceived.Value(),
		EchoRequests:    v4.PacketsReceived.EchoRequest.Value() + v6.PacketsReceived.EchoRequest.Value(),
		EchoReplies:     v4.PacketsSent.EchoReply.Value() + v6.PacketsSent.EchoReply.Value(),
		ICMPRateLimited: v4.PacketsSent.RateLimited.Value() + v6.PacketsSent.RateLimited.Value(),
	}
	return s
}
