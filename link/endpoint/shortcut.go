package endpoint

import (
	"encoding/binary"

	"github.com/catamaran-os/catamaran/link"
)

// A Shortcut takes TCP segments before any copy is made of them.
type Shortcut interface {
	// Wants reports whether it is likely to take a segment, which has been verified. packet begins with the network header,
	// without options or extension headers, and ends where that says; tcp and data are where the TCP header and the payload
	// begin. packet is valid until Take returns.
	Wants(packet []byte, tcp, data int) bool
	// Take processes the segment that Wants was asked about last, and reports whether it did. payload is its own and that of
	// the segments that continue it, which say nothing else. n is the length of all.
	Take(payload [][]byte, n int) bool
}

// short offers frames of the burst, from frame i on, to the shortcut, and returns how many it took: 0, one, or one and those
// that could be coalesced with it. The stack has seen all that came before them.
func (e *Endpoint) short(burst []link.Frame, i int) int {
	if e.shortcut == nil {
		return 0
	}
	first, ok := e.plain(burst, i)
	if !ok || !e.shortcut.Wants(first.b[link.EthernetHeaderLen:], first.tcp-link.EthernetHeaderLen, first.data-link.EthernetHeaderLen) {
		return 0
	}
	k, n := 1, first.payload()
	e.parts[0] = first.b[first.data:]
	if first.begins() {
		r := run{first: first, next: first.seq() + uint32(n)}
		for !r.pushed && i+k < len(burst) {
			s, ok := e.plain(burst, i+k)
			if !ok || !first.sameFlow(s) || !r.continuedBy(s) {
				break
			}
			e.parts[k] = s.b[s.data:]
			n += s.payload()
			r.next += uint32(s.payload())
			r.pushed = s.flags()&tcpFlagPSH != 0
			k++
		}
	}
	ok = e.shortcut.Take(e.parts[:k], n)
	clear(e.parts[:k])
	if !ok {
		return 0
	}
	e.stats.RxDelivered++
	e.stats.RxCoalesced += uint64(k - 1)
	e.runs.expected.set(first.key(), first.seq()+uint32(n))
	return k
}

// plain returns frame i as a segment, if it is a verified one for this host whose flow is known, and not a part of a packet.
func (e *Endpoint) plain(burst []link.Frame, i int) (segment, bool) {
	b := burst[i].Data
	if burst[i].More || len(b) < link.EthernetHeaderLen || [6]byte(b) != e.mac {
		return segment{}, false
	}
	etherType := binary.BigEndian.Uint16(b[12:])
	if e.inspect(burst, i, etherType) != verified {
		return segment{}, false
	}
	s, k := findTCP(etherType, b, true)
	return s, k == tcpPlain
}

// inspect is the function of that name for frame i of a burst, once.
func (e *Endpoint) inspect(burst []link.Frame, i int, etherType uint16) verdict {
	if e.verdicts[i] == unknown {
		f := &burst[i]
		e.verdicts[i] = inspect(etherType, f.Data[link.EthernetHeaderLen:], f.Csum, e.virtual)
	}
	return e.verdicts[i]
}
