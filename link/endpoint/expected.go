package endpoint

import (
	"encoding/binary"
	"sync/atomic"
)

// expected remembers, for flows that were active lately, the sequence number that the stack expects next: the end of what was
// delivered in order, or the last acknowledgment that the stack sent, whichever came later. It is a hint, which another flow
// may overwrite: no packet is refused for it.
//
// What is out of order must not be coalesced. Each segment behind a gap is worth an acknowledgment of its own (RFC 5681
// section 4.2), and a sender that gets too few of them waits for its retransmission timer: gVisor's does not count a
// duplicate that changes the window (tcp.sender.isDupAck), which the first one often does.
type expected [256]atomic.Uint64 // half of the flow's hash, and the sequence number

// A flowKey names a flow from the peer's side.
type flowKey uint64

// keyOf hashes ports and address. The part of the hash that is not kept chooses the place.
func keyOf(remotePort, localPort []byte, remote []byte) flowKey {
	x := uint64(binary.BigEndian.Uint16(remotePort))<<48 | uint64(binary.BigEndian.Uint16(localPort))<<32 |
		uint64(binary.BigEndian.Uint32(remote[len(remote)-4:]))
	return flowKey(x * 0x9e3779b97f4a7c15) // 2^64 divided by the golden ratio
}

func (k flowKey) place() uint8 { return uint8(k >> 56) }
func (k flowKey) tag() uint64  { return uint64(k) << 8 &^ 0xffffffff }

func (e *expected) set(k flowKey, seq uint32) { e[k.place()].Store(k.tag() | uint64(seq)) }

// mayBe reports whether the stack may expect seq next: it does, or nothing is known.
func (e *expected) mayBe(k flowKey, seq uint32) bool {
	x := e[k.place()].Load()
	return x&^0xffffffff != k.tag() || uint32(x) == seq
}

// delivered notes a segment that the stack gets alone, if it is in order: what follows it is in order, too.
func (e *expected) delivered(s segment) {
	if n := s.payload(); n > 0 && e.mayBe(s.key(), s.seq()) {
		e.set(s.key(), s.seq()+uint32(n))
	}
}

// sent notes the acknowledgment of a segment that the stack sends. ip and tcp begin with these headers.
func (e *expected) sent(ip, tcp []byte) {
	end := 20 // of the destination address
	if ip[0]>>4 == 6 {
		end = 40
	}
	e.set(keyOf(tcp[2:], tcp, ip[:end]), binary.BigEndian.Uint32(tcp[8:]))
}

// key is the flow of a received segment.
func (s segment) key() flowKey {
	source := s.b[:s.tcp-4]
	if s.v6() {
		source = s.b[:s.tcp-16]
	}
	return keyOf(s.b[s.tcp:], s.b[s.tcp+2:], source)
}
