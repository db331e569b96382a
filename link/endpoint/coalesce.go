package endpoint

import (
	"bytes"
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
)

const (
	// maxRuns bounds the flows that a burst is searched for at once: the search is linear.
	maxRuns = 8
	// maxPacket is the longest IP packet that is delivered: IPv4's total length has 16 bits.
	maxPacket = 0xffff

	tcpFlagPSH, tcpFlagACK = 0x08, 0x10
)

// A segment is a frame that carries TCP, up to the end that IP claims.
type segment struct {
	b         []byte // from the Ethernet header on
	tcp, data int    // where the TCP header and the payload begin
}

func (s segment) seq() uint32  { return binary.BigEndian.Uint32(s.b[s.tcp+4:]) }
func (s segment) flags() uint8 { return s.b[s.tcp+13] }
func (s segment) payload() int { return len(s.b) - s.data }

// v6 tells the family by the place of the TCP header: neither options nor extension headers are before it.
func (s segment) v6() bool { return s.tcp != link.EthernetHeaderLen+20 }

// A kind says what a frame means for the segments around it.
type kind uint8

const (
	other    kind = iota // not TCP: it may be overtaken
	hidden               // TCP, or it may be, and the flow is not known
	tcpPlain             // TCP, and all is known
)

// findTCP looks into a frame that inspect has not refused. verified is inspect's word on the transport checksum.
func findTCP(etherType uint16, b []byte, verified bool) (s segment, k kind) {
	const ip = link.EthernetHeaderLen
	s.b = b
	switch etherType {
	case typeIPv4:
		if b[ip+9] != protoTCP {
			return s, other
		}
		const headerWithoutOptions = 0x45
		s.tcp = ip + 20
		if b[ip] != headerWithoutOptions || !verified { // not verified: a fragment
			return s, hidden
		}
		s.b = b[:ip+int(binary.BigEndian.Uint16(b[ip+2:]))]
	case typeIPv6:
		switch b[ip+6] {
		case protoTCP:
		case protoUDP, protoICMPv6:
			return s, other
		default:
			return s, hidden
		}
		s.tcp = ip + 40
		s.b = b[:s.tcp+int(binary.BigEndian.Uint16(b[ip+4:]))]
	default:
		return s, other
	}
	s.data = s.tcp + int(s.b[s.tcp+12]>>4)*4
	if s.data < s.tcp+20 || s.data > len(s.b) {
		return s, hidden // the stack will drop it
	}
	return s, tcpPlain
}

// A run is a packet that the next segment of its flow is appended to. Its first segment is in the packet's own memory.
type run struct {
	pkt    *stack.PacketBuffer
	first  segment
	next   uint32 // sequence number
	length int    // of the IP packet
	pushed bool
}

// A coalescer makes one packet of segments of one flow that follow each other within a burst, so that the stack is passed
// once for all of them. The rules are those of Linux's GRO (net/ipv4/tcp_offload.c, tcp_gro_receive): nothing is merged that
// TCP could tell apart but for the boundaries.
type coalescer struct {
	runs     [maxRuns]run
	n        int
	expected expected
}

// add appends s to the run that it continues and reports whether it did. Otherwise s stands alone or begins a run, and the
// run of its flow, if there is one, is over, since nothing that comes later may overtake s.
func (c *coalescer) add(s segment, k kind) bool {
	switch {
	case c.n == 0 || k == other:
		return false
	case k == hidden:
		c.finish()
		return false
	}
	for i := range c.runs[:c.n] {
		r := &c.runs[i]
		if !r.first.sameFlow(s) {
			continue
		}
		ok := r.continuedBy(s)
		if ok {
			r.append(s)
		}
		if !ok || r.pushed || s.payload() < r.first.payload() {
			c.end(i)
		}
		return ok
	}
	return false
}

// begins reports whether s may be the first of a run. One that asks to be pushed is the last of what its sender had.
func (s segment) begins() bool {
	const reservedBits = 0xf
	return s.flags() == tcpFlagACK && s.b[s.tcp+12]&reservedBits == 0 && s.payload() > 0
}

// begin makes a run of pkt, whose first segment is s, in the packet's own memory, unless s is out of order. A flow that finds no room goes without:
// what is taken from another would be taken back by its next segment.
func (c *coalescer) begin(pkt *stack.PacketBuffer, s segment) {
	if c.n == maxRuns || !c.expected.mayBe(s.key(), s.seq()) {
		return
	}
	c.runs[c.n] = run{pkt: pkt, first: s, next: s.seq() + uint32(s.payload()), length: len(s.b) - link.EthernetHeaderLen}
	c.n++
}

// end finishes run i and forgets it.
func (c *coalescer) end(i int) {
	r := &c.runs[i]
	r.finish()
	c.expected.set(r.first.key(), r.next)
	c.n--
	c.runs[i] = c.runs[c.n]
	c.runs[c.n] = run{}
}

// finish ends all runs.
func (c *coalescer) finish() {
	for c.n > 0 {
		c.end(c.n - 1)
	}
}

// sameFlow compares ports, family and addresses.
func (s segment) sameFlow(t segment) bool {
	if binary.BigEndian.Uint32(s.b[s.tcp:]) != binary.BigEndian.Uint32(t.b[t.tcp:]) || s.tcp != t.tcp {
		return false
	}
	addrs := link.EthernetHeaderLen + 12
	if s.v6() {
		addrs = link.EthernetHeaderLen + 8
	}
	return bytes.Equal(s.b[addrs:s.tcp], t.b[addrs:t.tcp])
}

// continuedBy reports whether s, of the same flow, says nothing but "here are the next bytes".
func (r *run) continuedBy(s segment) bool {
	f := r.first
	n := s.payload()
	if s.seq() != r.next || s.flags()&^tcpFlagPSH != tcpFlagACK || n == 0 || n > f.payload() || r.length+n > maxPacket {
		return false
	}
	same := func(from, to int) bool { return bytes.Equal(f.b[from:to], s.b[from:to]) }
	const ip = link.EthernetHeaderLen
	if !same(0, ip) {
		return false
	}
	if s.v6() {
		const hopLimit = ip + 7
		if !same(ip, ip+4) || f.b[hopLimit] != s.b[hopLimit] { // version, traffic class and flow label
			return false
		}
	} else {
		const tos, flags, ttl = ip + 1, ip + 6, ip + 8
		if f.b[tos] != s.b[tos] || f.b[flags] != s.b[flags] || f.b[ttl] != s.b[ttl] {
			return false
		}
	}
	// Acknowledgment number, data offset and reserved bits; window; options. The urgent pointer means nothing without URG.
	t := s.tcp
	return s.data == f.data && same(t+8, t+13) && same(t+14, t+16) && same(t+20, s.data)
}

func (r *run) append(s segment) {
	payload := buffer.MakeWithView(buffer.NewViewWithData(s.b[s.data:]))
	r.pkt.Data().MergeBuffer(&payload)
	r.next += uint32(s.payload())
	r.length += s.payload()
	r.pushed = s.flags()&tcpFlagPSH != 0
}

// finish makes the packet's headers those of one long segment. Its TCP checksum stays that of the first: what is appended
// has been verified, and the stack is told so.
func (r *run) finish() {
	b := r.first.b
	if r.length == len(b)-link.EthernetHeaderLen {
		return // nothing was appended
	}
	if r.pushed {
		b[r.first.tcp+13] |= tcpFlagPSH
	}
	ip := b[link.EthernetHeaderLen:r.first.tcp]
	if r.first.v6() {
		binary.BigEndian.PutUint16(ip[4:], uint16(r.length-len(ip)))
		return
	}
	binary.BigEndian.PutUint16(ip[2:], uint16(r.length))
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], ^checksum.Checksum(ip, 0))
}
