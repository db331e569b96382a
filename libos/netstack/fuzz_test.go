package netstack_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// FuzzFrames puts frames on the wire of a host that listens, connects and receives datagrams. The input is cut into frames
// by a length byte each; with fix set, checksums are made right, so that the fuzzer gets behind them.
func FuzzFrames(f *testing.F) {
	cut := func(frames ...[]byte) (b []byte) {
		for _, x := range frames {
			b = append(append(b, byte(len(x))), x...)
		}
		return b
	}
	from, at := netip.AddrPortFrom(addrB, 4000), netip.AddrPortFrom(addrA, 7)
	arp := frame(macHost, macTest, header.ARPProtocolNumber, arpPacket(header.ARPReply, addrB, addrA, macTest, macHost))
	f.Add(true, cut(arp, segment(from, at, header.TCPFlagSyn, 1000, 0, "")))
	f.Add(true, cut(arp, segment(from, at, header.TCPFlagSyn, 1000, 0, ""), segment(from, at, header.TCPFlagAck, 1001, 1, "hello")))
	f.Add(true, cut(echo4(addrB, addrA, 1, []byte("ping")), echo4(addrB, addrA, 2, nil)))
	f.Add(true, cut(icmp6(addrB6, addrA6, []byte{128, 0, 0, 0, 0, 1, 0, 1})))
	f.Add(true, cut(ipFrame(17, addrB, addrA, []byte{0, 1, 0, 9, 0, 9, 0, 0, 'x'})))
	f.Add(false, cut(arp[:20], []byte{1}, nil))
	f.Fuzz(func(t *testing.T, fix bool, b []byte) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		now := time.Unix(1_000_000_000, 0)
		da, db, err := pipe.New(pipe.Config{Frames: 64, Ring: 16})
		if err != nil {
			t.Fatal(err)
		}
		h := newHost(t, da, hostOptions{
			Config: netstack.Config{Now: func() time.Time { return now }}, limit: 4 << 20,
		}, addrA, addrA6)
		listenEverywhere(t, h.rt)
		q := db.Queue(0)
		var fr [1]link.Frame
		rx := make([]link.Frame, 16)
		for len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			data := b[1 : 1+n]
			b = b[1+n:]
			if n == 0 || q.Alloc(fr[:]) == 0 {
				continue
			}
			fr[0].Data = append(fr[0].Data, data...)
			if fix {
				fixChecksums(fr[0].Data)
			}
			if k, err := q.TxBurst(fr[:]); err != nil {
				t.Fatal(err)
			} else if k == 0 {
				q.Free(fr[:])
			}
			for range 2 {
				h.rt.Poll()
			}
			k, err := q.RxBurst(rx)
			if err != nil {
				t.Fatal(err)
			}
			q.Free(rx[:k])
			now = now.Add(10 * time.Millisecond)
		}
		now = now.Add(5 * time.Minute)
		h.rt.Poll()
		s := h.engine.Stats().Endpoint
		if dropped := s.RxNotOurs + s.RxTooShort + s.RxMalformed + s.RxBadChecksum + s.RxUnknownType; dropped+s.RxDelivered+s.RxCoalesced != s.RxFrames {
			t.Errorf("frames are not accounted for: %+v", s)
		}
		if err := h.rt.Close(); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// listenEverywhere opens one socket of each kind with an operation pending.
func listenEverywhere(t *testing.T, rt *libos.Runtime) {
	for _, c := range []struct {
		domain int
		addr   netip.Addr
	}{{syscall.AF_INET, addrA}, {syscall.AF_INET6, addrA6}} {
		l, err := rt.Socket(c.domain, syscall.SOCK_STREAM)
		if err != nil {
			t.Fatal(err)
		}
		if err := rt.Bind(l, netip.AddrPortFrom(c.addr, 7)); err != nil {
			t.Fatal(err)
		}
		if err := rt.Listen(l, 4); err != nil {
			t.Fatal(err)
		}
		if _, err := rt.Accept(l); err != nil {
			t.Fatal(err)
		}
		d, err := rt.Socket(c.domain, syscall.SOCK_DGRAM)
		if err != nil {
			t.Fatal(err)
		}
		if err := rt.Bind(d, netip.AddrPortFrom(c.addr, 9)); err != nil {
			t.Fatal(err)
		}
		if _, err := rt.Pop(d); err != nil {
			t.Fatal(err)
		}
	}
}

// fixChecksums makes the checksums of a frame right, as far as its lengths are.
func fixChecksums(b []byte) {
	if len(b) < 34 {
		return
	}
	h := header.IPv4(b[14:])
	if h := header.IPv6(b[14:]); len(b) >= 54 && h.IsValid(len(b)-14) {
		p := b[54 : 54+int(h.PayloadLength())]
		fixTransport(h.NextHeader(), p, h.SourceAddress(), h.DestinationAddress())
		return
	}
	if !h.IsValid(len(b) - 14) {
		return
	}
	h.SetChecksum(0)
	h.SetChecksum(^h.CalculateChecksum())
	fixTransport(h.Protocol(), b[14+int(h.HeaderLength()):14+int(h.TotalLength())], h.SourceAddress(), h.DestinationAddress())
}

func fixTransport(proto uint8, p []byte, src, dst tcpip.Address) {
	at, least := 0, 8
	switch proto {
	case 1, 58:
		at = 2
	case 6:
		at, least = 16, 20
	case 17:
		at = 6
	default:
		return
	}
	if len(p) < least {
		return
	}
	sum := uint16(0)
	if proto != 1 {
		sum = header.PseudoHeaderChecksum(tcpip.TransportProtocolNumber(proto), src, dst, uint16(len(p)))
	}
	binary.BigEndian.PutUint16(p[at:], 0)
	binary.BigEndian.PutUint16(p[at:], ^checksum.Checksum(p, sum))
}
