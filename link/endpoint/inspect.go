package endpoint

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"

	"github.com/catamaran-os/catamaran/link"
)

// A verdict is what inspect found.
type verdict uint8

const (
	unknown verdict = iota // not inspected yet
	// verified: every checksum that the packet carries is right, or the device said so of the transport's.
	verified
	// unfinished: like verified, but the transport checksum is only the sum over the pseudo-header.
	unfinished
	// unverified: the stack has to verify. A fragment, or something that this file does not look into.
	unverified
	// tooShort: the frame ends before its headers or before the length that they claim.
	tooShort
	// malformed: a header field has a value that it cannot have.
	malformed
	// badChecksum: a checksum is wrong.
	badChecksum
	// unknownType: the stack has no protocol for it.
	unknownType
)

const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeIPv6 = 0x86dd

	protoHopByHop = 0
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoRouting  = 43
	protoFragment = 44
	protoICMPv6   = 58
	protoDestOpts = 60

	// maxExtensions bounds the walk over IPv6 extension headers. RFC 8200 section 4.1 knows six kinds, one of which
	// may come twice; what has more is left to the stack.
	maxExtensions = 8
)

// inspect checks a packet, without its Ethernet header, once and for all: lengths, the IPv4 header checksum, and the
// checksum of TCP, UDP, ICMP and ICMPv6. csum is the device's word on the transport checksum. Bytes behind the length
// that IP claims are Ethernet padding and are ignored. partial allows unfinished.
func inspect(etherType uint16, b []byte, csum link.Csum, partial bool) verdict {
	switch etherType {
	case typeIPv4:
		return inspectIPv4(b, csum, partial)
	case typeIPv6:
		return inspectIPv6(b, csum, partial)
	case typeARP:
		return unverified // has no checksum, and the stack checks the rest
	}
	return unknownType
}

// inspectIPv4 follows RFC 791 section 3.1.
func inspectIPv4(b []byte, csum link.Csum, partial bool) verdict {
	if len(b) < 20 {
		return tooShort
	}
	header, total := int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
	const ttl = 8
	switch {
	case b[0]>>4 != 4 || header < 20 || total < header || b[ttl] == 0:
		return malformed
	case total > len(b):
		return tooShort
	case checksum.Checksum(b[:header], 0) != 0xffff:
		return badChecksum
	}
	const moreFragmentsOrOffset = 0x3fff
	if binary.BigEndian.Uint16(b[6:])&moreFragmentsOrOffset != 0 {
		return unverified
	}
	return inspectTransport(b[9], b[header:total], b[12:20], csum, partial)
}

// inspectIPv6 follows RFC 8200 sections 3 and 4.
func inspectIPv6(b []byte, csum link.Csum, partial bool) verdict {
	if len(b) < 40 {
		return tooShort
	}
	if b[0]>>4 != 6 {
		return malformed
	}
	end := 40 + int(binary.BigEndian.Uint16(b[4:]))
	if end > len(b) {
		return tooShort
	}
	next, p := b[6], b[40:end]
	for range maxExtensions {
		switch next {
		case protoHopByHop, protoRouting, protoDestOpts:
			if len(p) < 8 {
				return tooShort
			}
			n := (int(p[1]) + 1) * 8
			if n > len(p) {
				return tooShort
			}
			if segmentsLeft := p[3]; next == protoRouting && segmentsLeft != 0 {
				return unverified // the pseudo-header has another destination
			}
			next, p = p[0], p[n:]
		case protoTCP, protoUDP, protoICMPv6:
			return inspectTransport(next, p, b[8:40], csum, partial)
		default:
			return unverified // a fragment (protoFragment), or the stack does not know it either
		}
	}
	return unverified
}

// inspectTransport checks a whole transport packet. addrs are the source and destination address: 8 bytes for IPv4, 32
// for IPv6.
func inspectTransport(proto uint8, p, addrs []byte, csum link.Csum, partial bool) verdict {
	v6 := len(addrs) == 32
	at := 0 // offset of the checksum field
	switch proto {
	case protoTCP:
		if len(p) < 20 {
			return tooShort
		}
		at = 16
	case protoUDP:
		if len(p) < 8 {
			return tooShort
		}
		// A datagram that is shorter than its packet carries something behind it (RFC 9868), which the stack would
		// take for data.
		if n := int(binary.BigEndian.Uint16(p[4:])); n != len(p) {
			return malformed
		}
		at = 6
		if binary.BigEndian.Uint16(p[at:]) == 0 {
			if v6 { // RFC 8200 section 8.1
				return badChecksum
			}
			return verified // RFC 768: the sender computed none
		}
	case protoICMP:
		if v6 {
			return unverified
		}
		return inspectICMP(p, 0)
	case protoICMPv6:
		if !v6 {
			return unverified
		}
		return inspectICMP(p, pseudoSum(addrs, proto, len(p)))
	default:
		return unverified
	}
	switch csum {
	case link.CsumGood:
		return verified
	case link.CsumBad:
		return badChecksum
	}
	pseudo := pseudoSum(addrs, proto, len(p))
	switch {
	case checksum.Checksum(p, pseudo) == 0xffff:
		return verified
	case partial && binary.BigEndian.Uint16(p[at:]) == pseudo:
		return unfinished
	}
	return badChecksum
}

func inspectICMP(p []byte, initial uint16) verdict {
	if len(p) < 8 {
		return tooShort
	}
	if checksum.Checksum(p, initial) != 0xffff {
		return badChecksum
	}
	return verified
}

// pseudoSum is the sum over the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1), not inverted.
func pseudoSum(addrs []byte, proto uint8, length int) uint16 {
	return checksum.Combine(checksum.Combine(checksum.Checksum(addrs, 0), uint16(proto)), uint16(length))
}
