package netstack_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A hostile is a peer that has connected properly, and then sends segments as the fuzzer likes, around the numbers that are
// right.
type hostile struct {
	*testing.T
	h        *host
	q        link.Queue
	now      time.Time
	from, at netip.AddrPort
	options  bool   // timestamps and SACK
	next     uint32 // what the host acknowledged last
	sent     uint32 // the end of what the host sent

	conn  libos.QD
	taken uint32 // bytes that the service got
}

const hostileISS = 1000

// pattern is the byte with sequence number seq.
func pattern(seq uint32) byte { return byte(seq * 7) }

// segment puts a segment on the wire, if there is room.
func (p *hostile) segment(flags header.TCPFlags, seq, ack uint32, window uint16, options []byte, n int) {
	var f [1]link.Frame
	if p.q.Alloc(f[:]) == 0 {
		return
	}
	b := make([]byte, header.TCPMinimumSize+len(options)+n)
	header.TCP(b).Encode(&header.TCPFields{SrcPort: p.from.Port(), DstPort: p.at.Port(), SeqNum: seq, AckNum: ack,
		DataOffset: uint8(header.TCPMinimumSize + len(options)), Flags: flags, WindowSize: window})
	copy(b[header.TCPMinimumSize:], options)
	for i := range n {
		b[header.TCPMinimumSize+len(options)+i] = pattern(seq + uint32(i))
	}
	sum := header.PseudoHeaderChecksum(6, tcpipAddr(p.from.Addr()), tcpipAddr(p.at.Addr()), uint16(len(b)))
	header.TCP(b).SetChecksum(^checksum.Checksum(b, sum))
	f[0].Data = append(f[0].Data, ipFrame(6, p.from.Addr(), p.at.Addr(), b)...)
	if n, err := p.q.TxBurst(f[:]); err != nil {
		p.Fatal(err)
	} else if n == 0 {
		p.q.Free(f[:])
	}
}

// round polls the host and reads what it sends.
func (p *hostile) round() {
	p.h.rt.Poll()
	var rx [64]link.Frame
	n, err := p.q.RxBurst(rx[:])
	if err != nil {
		p.Fatal(err)
	}
	for _, f := range rx[:n] {
		network := header.IPv4MinimumSize
		switch header.Ethernet(f.Data).Type() {
		case header.IPv4ProtocolNumber:
		case header.IPv6ProtocolNumber:
			network = header.IPv6MinimumSize
		default:
			continue
		}
		if len(f.Data) < 14+network+header.TCPMinimumSize {
			continue
		}
		h := header.TCP(f.Data[14+network:])
		p.next, p.sent = h.AckNumber(), h.SequenceNumber()+uint32(len(h)-int(h.DataOffset()))
		if h.Flags()&(header.TCPFlagSyn|header.TCPFlagFin) != 0 {
			p.sent++
		}
	}
	p.q.Free(rx[:n])
}

// serve takes results: what arrived is compared and sent back.
func (p *hostile) serve() {
	var res [4]libos.QResult
	for {
		n, err := p.h.rt.WaitNext(res[:], 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err != nil {
			p.Fatal(err)
		}
		for _, r := range res[:n] {
			p.result(&r)
		}
	}
}

func (p *hostile) result(r *libos.QResult) {
	switch {
	case r.Opcode == libos.OpAccept && r.Err == nil:
		p.conn = r.NewQD
	case r.Opcode != libos.OpPop || r.Err != nil || r.N == 0:
		return
	default:
		for i, b := range r.SGA.Flat() {
			if seq := hostileISS + 1 + p.taken + uint32(i); b != pattern(seq) {
				p.Fatalf("byte %d of the stream is %d, want %d", p.taken+uint32(i), b, pattern(seq))
			}
		}
		p.taken += uint32(r.N)
		if _, err := p.h.rt.Push(r.QD, r.SGA); err != nil {
			p.Fatal(err)
		}
		if err := p.h.rt.Free(r.SGA); err != nil {
			p.Fatal(err)
		}
	}
	if _, err := p.h.rt.Pop(p.conn); err != nil {
		p.Fatal(err)
	}
}

// stamp is the timestamps option, and sack, if it is not empty, the selective acknowledgment of a range.
func (p *hostile) stamp(sack ...uint32) []byte {
	if !p.options {
		return nil
	}
	b := append([]byte{1, 1, 8, 10}, make([]byte, 8)...)
	binary.BigEndian.PutUint32(b[4:], uint32(p.now.UnixMilli()))
	if len(sack) > 0 {
		b = append(b, 1, 1, 5, 10)
		for _, x := range sack {
			b = binary.BigEndian.AppendUint32(b, x)
		}
	}
	return b
}

// FuzzSegments has a peer that is connected send segments around the right numbers: the service gets the bytes of the stream
// in order, whichever way each took. Input: a byte for what is negotiated, then six for each segment.
func FuzzSegments(f *testing.F) {
	f.Add([]byte{3, 1, 0, 0, 255, 8, 0})
	f.Add([]byte{1, 1, 0, 0, 255, 8, 1, 1, 1, 0, 255, 8, 0, 1, 0, 0, 255, 8, 4})
	f.Add([]byte{3, 1, 4, 0, 255, 8, 2, 1, 0, 0, 255, 200, 0, 4, 0, 0, 255, 0, 8})
	f.Add([]byte{0, 1, 0, 0, 1, 8, 0, 0, 0, 0xff, 0, 0, 12, 0, 0, 0, 255, 0, 12, 5, 0, 0, 0, 0, 0})
	flags := [8]header.TCPFlags{header.TCPFlagAck, header.TCPFlagAck | header.TCPFlagPsh, header.TCPFlagAck, header.TCPFlagAck | header.TCPFlagPsh,
		header.TCPFlagAck | header.TCPFlagFin, header.TCPFlagRst, header.TCPFlagSyn, header.TCPFlagAck | header.TCPFlagUrg}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		da, db, err := pipe.New(pipe.Config{Frames: 256, Ring: 64})
		if err != nil {
			t.Fatal(err)
		}
		p := &hostile{T: t, q: db.Queue(0), now: time.Unix(1_000_000_000, 0), options: b[0]&1 != 0,
			from: netip.AddrPortFrom(addrB, 4000), at: netip.AddrPortFrom(addrA, 7)}
		if b[0]&2 != 0 {
			p.from, p.at = netip.AddrPortFrom(addrB6, 4000), netip.AddrPortFrom(addrA6, 7)
		}
		p.h = newHost(t, da, hostOptions{Config: netstack.Config{Now: func() time.Time { return p.now }}, limit: 4 << 20}, addrA, addrA6)
		p.connect()
		for b = b[1:]; len(b) >= 6; b = b[6:] {
			seq, ack := p.next+uint32(int32(int8(b[1])))*16, p.sent+uint32(int32(int8(b[2])))*64
			options := p.stamp()
			if b[5]&2 != 0 {
				options = p.stamp(ack+uint32(b[1])*64, ack+uint32(b[1])*64+uint32(b[4])*64)
			}
			p.segment(flags[b[0]&7], seq, ack, uint16(b[3])*257, options, int(b[4])*5)
			if b[5]&1 == 0 { // otherwise the next comes in the same burst
				p.round()
				if b[5]&16 == 0 {
					p.serve()
				}
			}
			p.now = p.now.Add([]time.Duration{10 * time.Microsecond, 3 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second}[b[5]>>2&3])
		}
		for range 10 {
			p.round()
			p.serve()
			p.now = p.now.Add(time.Second)
		}
		s := p.h.engine.Stats().Endpoint
		if dropped := s.RxNotOurs + s.RxTooShort + s.RxMalformed + s.RxBadChecksum + s.RxUnknownType; dropped+s.RxDelivered+s.RxCoalesced != s.RxFrames {
			t.Errorf("frames are not accounted for: %+v", s)
		}
		if err := errors.Join(p.h.rt.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

// connect does the handshake as it should be.
func (p *hostile) connect() {
	domain := syscall.AF_INET
	if p.at.Addr().Is6() {
		domain = syscall.AF_INET6
	}
	l, err := p.h.rt.Socket(domain, syscall.SOCK_STREAM)
	if err == nil {
		err = p.h.rt.Bind(l, p.at)
	}
	if err == nil {
		err = p.h.rt.Listen(l, 4)
	}
	if err == nil {
		_, err = p.h.rt.Accept(l)
	}
	if err != nil {
		p.Fatal(err)
	}
	p.greet()
	options := []byte{2, 4, 5, 180} // MSS 1460
	if p.options {
		options = append(append(options, 4, 2), p.stamp()[2:]...)
	}
	p.segment(header.TCPFlagSyn, hostileISS, 0, 65535, options, 0)
	p.round()
	p.segment(header.TCPFlagAck, p.next, p.sent, 65535, p.stamp(), 0)
	for i := 0; p.conn == 0; i++ {
		if i == 100 {
			p.Fatal("the connection is not accepted")
		}
		p.round()
		p.serve()
	}
}

// greet makes the peer's link address known.
func (p *hostile) greet() {
	var f [1]link.Frame
	p.q.Alloc(f[:])
	if p.from.Addr().Is6() {
		// A neighbour solicitation with the source's link address (RFC 4861 section 4.3).
		b := append(make([]byte, 8), p.at.Addr().AsSlice()...)
		b[0] = 135
		f[0].Data = append(f[0].Data, icmp6(p.from.Addr(), p.at.Addr(), append(append(b, 1, 1), macTest...))...)
	} else {
		f[0].Data = append(f[0].Data, frame(macHost, macTest, header.ARPProtocolNumber,
			arpPacket(header.ARPRequest, p.from.Addr(), p.at.Addr(), macTest, make([]byte, 6)))...)
	}
	if n, err := p.q.TxBurst(f[:]); n != 1 || err != nil {
		p.Fatal(n, err)
	}
	p.round()
}
