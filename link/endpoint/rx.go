package endpoint

import (
	"encoding/binary"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
)

// A packet is a copied frame on its way to the stack.
type packet struct {
	pkt       *stack.PacketBuffer
	etherType uint16
	verified  bool
}

// Poll receives at most budget frames, at most 64, or a packet, and delivers them to the stack. It returns how many it received.
// An error is the device's state; frames that came with it have been delivered.
func (e *Endpoint) Poll(budget int) (n int, err error) {
	n, err = e.q.RxBurst(e.frames[:min(max(budget, e.pieces), maxBurst)])
	if err != nil {
		e.stats.RxErrors++
	}
	if n == 0 {
		return 0, err
	}
	e.stats.RxFrames += uint64(n)
	e.stats.RxBursts.count(n)
	// The stack keeps parts of packets for as long as it likes, so it gets copies, and the device its frames back.
	kept, burst := 0, e.frames[:n]
	clear(e.verdicts[:n])
	for i := 0; i < n; {
		packets, at, k := burst, i, 1
		joined := burst[i].More
		if joined {
			packet, size := packetOf(burst[i:])
			if k = len(packet); kept == 0 && e.shortPieces(packet, size) {
				i += k
				continue
			}
			packets, at, e.verdicts[0] = e.join(packet, size), 0, unknown
		}
		if kept == 0 { // nothing is overtaken
			if took := e.short(packets, at); took > 0 {
				i += max(k, took)
				if joined {
					e.drop()
				}
				continue
			}
		}
		if e.take(packets, at, &e.packets[kept]) {
			kept++
		}
		if joined {
			e.drop()
		}
		i += k
	}
	e.runs.finish()
	e.q.Free(e.frames[:n])
	for i := range kept {
		e.deliver(&e.packets[i])
	}
	return n, err
}

// take checks a frame of the burst and copies it. It reports false for one that is dropped, or appended to a packet before it.
func (e *Endpoint) take(burst []link.Frame, i int, p *packet) bool {
	b, more := burst[i].Data, len(burst)-i-1
	if len(b) < link.EthernetHeaderLen {
		e.stats.RxTooShort++
		return false
	}
	dst := [6]byte(b)
	pktType := tcpip.PacketHost
	switch {
	case dst == e.mac:
	case dst == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}:
		pktType = tcpip.PacketBroadcast
	case dst[0]&1 != 0:
		pktType = tcpip.PacketMulticast
	default:
		e.stats.RxNotOurs++
		return false
	}
	p.etherType = binary.BigEndian.Uint16(b[12:])
	switch e.inspect(burst, i, p.etherType) {
	case verified:
		p.verified = true
	case unfinished:
		p.verified = true
		e.stats.RxUnfinished++
	case unverified:
		p.verified = false
	case tooShort:
		e.stats.RxTooShort++
		return false
	case malformed:
		e.stats.RxMalformed++
		return false
	case badChecksum:
		e.stats.RxBadChecksum++
		return false
	default:
		e.stats.RxUnknownType++
		return false
	}
	if e.dispatcher == nil {
		e.stats.RxDetached++
		return false
	}
	s, k := findTCP(p.etherType, b, p.verified)
	if e.runs.add(s, k) {
		e.stats.RxCoalesced++
		return false
	}
	begins := more > 0 && k == tcpPlain && s.begins()
	if begins {
		b = s.b // without padding
	} else if k == tcpPlain {
		e.runs.expected.delivered(s)
	}
	view := e.view(b)
	own := view.AsSlice()
	p.pkt = stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithView(view)})
	p.pkt.LinkHeader().Consume(link.EthernetHeaderLen)
	p.pkt.PktType = pktType
	if begins {
		s.b = own
		e.runs.begin(p.pkt, s)
	}
	return true
}

func (e *Endpoint) deliver(p *packet) {
	pkt := p.pkt
	p.pkt = nil
	if e.dispatcher == nil { // detached by an earlier packet of the burst
		e.stats.RxDetached++
		pkt.DecRef()
		return
	}
	e.stats.RxDelivered++
	if p.verified && e.early != nil && pkt.PktType == tcpip.PacketHost && e.early(tcpip.NetworkProtocolNumber(p.etherType), pkt) {
		pkt.DecRef()
		return
	}
	caps := uint32(stack.CapabilityResolutionRequired)
	if p.verified {
		caps |= uint32(stack.CapabilityRXChecksumOffload)
	}
	if e.caps.Load() != caps {
		e.caps.Store(caps)
	}
	e.dispatcher.DeliverNetworkPacket(tcpip.NetworkProtocolNumber(p.etherType), pkt)
	pkt.DecRef()
}
