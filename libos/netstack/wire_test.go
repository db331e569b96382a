package netstack_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A wire is one host, on a virtual clock, whose cable ends in the test.
type wire struct {
	*testing.T
	h    *host
	q    link.Queue
	now  time.Time
	seen [][]byte
	mac  []byte // set: requests for addrB are answered with it
}

var (
	macHost = []byte{2, 0, 0, 0, 0, 1}
	macTest = []byte{2, 0, 0, 0, 0, 2}
)

func newWire(t *testing.T, cfg netstack.Config) *wire {
	t.Helper()
	a, b, err := pipe.New(pipe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{T: t, now: time.Unix(1_000_000_000, 0), q: b.Queue(0)}
	cfg.Now = func() time.Time { return w.now }
	w.h = newHost(t, a, hostOptions{Config: cfg}, addrA, addrA6)
	t.Cleanup(func() {
		if err := w.h.rt.Close(); err != nil {
			t.Error(err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// send puts frames on the wire.
func (w *wire) send(frames ...[]byte) {
	w.Helper()
	var f [1]link.Frame
	for _, b := range frames {
		for w.q.Alloc(f[:]) == 0 {
			w.h.rt.Poll()
		}
		f[0].Data = append(f[0].Data, b...)
		for {
			if n, err := w.q.TxBurst(f[:]); err != nil {
				w.Fatal(err)
			} else if n == 1 {
				break
			}
			w.h.rt.Poll()
		}
	}
}

// receive polls until a frame arrives for which match is true, moving the clock by a millisecond a round, for at most a
// virtual minute, and returns that frame; nil if none comes.
func (w *wire) receive(match func(b []byte) bool) []byte {
	w.Helper()
	for range 60_000 {
		w.collect()
		for i, b := range w.seen {
			if match(b) {
				w.seen = w.seen[i+1:]
				return b
			}
		}
		w.seen = nil
		w.now = w.now.Add(time.Millisecond)
	}
	return nil
}

func (w *wire) collect() {
	w.Helper()
	w.h.rt.Poll()
	var f [64]link.Frame
	n, err := w.q.RxBurst(f[:])
	if err != nil {
		w.Fatal(err)
	}
	for _, x := range f[:n] {
		w.seen = append(w.seen, bytes.Clone(x.Data))
	}
	w.q.Free(f[:n])
	for _, b := range w.seen {
		if w.mac == nil || !isType(header.ARPProtocolNumber)(b) {
			continue
		}
		if a := header.ARP(b[14:]); a.Op() == header.ARPRequest && bytes.Equal(a.ProtocolAddressTarget(), addrB.AsSlice()) {
			w.send(frame(macHost, w.mac, header.ARPProtocolNumber, arpPacket(header.ARPReply, addrB, addrA, w.mac, macHost)))
		}
	}
}

func frame(dst, src []byte, proto tcpip.NetworkProtocolNumber, payload []byte) []byte {
	b := append(append(bytes.Clone(dst), src...), byte(proto>>8), byte(proto))
	return append(b, payload...)
}

func tcpipAddr(a netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(a.AsSlice()) }

// packet puts an IP header before a transport packet.
func packet(proto uint8, src, dst netip.Addr, p []byte) (tcpip.NetworkProtocolNumber, []byte) {
	if src.Is6() {
		b := make([]byte, 40, 40+len(p))
		header.IPv6(b).Encode(&header.IPv6Fields{
			PayloadLength: uint16(len(p)), TransportProtocol: tcpip.TransportProtocolNumber(proto), HopLimit: 255,
			SrcAddr: tcpipAddr(src), DstAddr: tcpipAddr(dst),
		})
		return header.IPv6ProtocolNumber, append(b, p...)
	}
	b := make([]byte, 20, 20+len(p))
	header.IPv4(b).Encode(&header.IPv4Fields{
		TotalLength: uint16(20 + len(p)), TTL: 64, Protocol: proto, SrcAddr: tcpipAddr(src), DstAddr: tcpipAddr(dst),
	})
	header.IPv4(b).SetChecksum(^header.IPv4(b).CalculateChecksum())
	return header.IPv4ProtocolNumber, append(b, p...)
}

func ipFrame(proto uint8, src, dst netip.Addr, p []byte) []byte {
	n, b := packet(proto, src, dst, p)
	return frame(macHost, macTest, n, b)
}

func segment(src, dst netip.AddrPort, flags header.TCPFlags, seq, ack uint32, payload string) []byte {
	b := make([]byte, 20, 20+len(payload))
	header.TCP(b).Encode(&header.TCPFields{
		SrcPort: src.Port(), DstPort: dst.Port(), SeqNum: seq, AckNum: ack, DataOffset: 20, Flags: flags, WindowSize: 65535,
	})
	b = append(b, payload...)
	sum := header.PseudoHeaderChecksum(6, tcpipAddr(src.Addr()), tcpipAddr(dst.Addr()), uint16(len(b)))
	header.TCP(b).SetChecksum(^checksum.Checksum(b, sum))
	return ipFrame(6, src.Addr(), dst.Addr(), b)
}

func echo4(src, dst netip.Addr, seq uint16, payload []byte) []byte {
	b := append(make([]byte, 8), payload...)
	b[0] = byte(header.ICMPv4Echo)
	binary.BigEndian.PutUint16(b[6:], seq)
	header.ICMPv4(b).SetChecksum(^checksum.Checksum(b, 0))
	return ipFrame(1, src, dst, b)
}

func icmp6(src, dst netip.Addr, b []byte) []byte {
	sum := header.PseudoHeaderChecksum(58, tcpipAddr(src), tcpipAddr(dst), uint16(len(b)))
	binary.BigEndian.PutUint16(b[2:], 0)
	binary.BigEndian.PutUint16(b[2:], ^checksum.Checksum(b, sum))
	return ipFrame(58, src, dst, b)
}

func arpPacket(op header.ARPOp, sender, target netip.Addr, senderMAC, targetMAC []byte) []byte {
	b := make(header.ARP, header.ARPSize)
	b.SetIPv4OverEthernet()
	b.SetOp(op)
	copy(b.HardwareAddressSender(), senderMAC)
	copy(b.ProtocolAddressSender(), sender.AsSlice())
	copy(b.HardwareAddressTarget(), targetMAC)
	copy(b.ProtocolAddressTarget(), target.AsSlice())
	return b
}

func isType(proto tcpip.NetworkProtocolNumber) func([]byte) bool {
	return func(b []byte) bool { return header.Ethernet(b).Type() == proto }
}

// isTCP4 matches IPv4 segments with exactly these flags.
func isTCP4(flags header.TCPFlags) func([]byte) bool {
	return func(b []byte) bool {
		return isType(header.IPv4ProtocolNumber)(b) && b[23] == 6 && header.TCP(b[34:]).Flags() == flags
	}
}

// answerARP tells the host that addr is at mac.
func (w *wire) answerARP(addr netip.Addr, mac []byte) {
	w.Helper()
	req := w.receive(func(b []byte) bool {
		return isType(header.ARPProtocolNumber)(b) && bytes.Equal(header.ARP(b[14:]).ProtocolAddressTarget(), addr.AsSlice())
	})
	if req == nil {
		w.Fatalf("no ARP request for %v", addr)
	}
	if !bytes.Equal(req[:6], []byte{255, 255, 255, 255, 255, 255}) {
		w.Errorf("the request goes to %x", req[:6])
	}
	w.send(frame(macHost, mac, header.ARPProtocolNumber, arpPacket(header.ARPReply, addr, addrA, mac, macHost)))
}

// greet makes the host know the test's address, and answers for it from now on.
func (w *wire) greet() {
	w.Helper()
	w.send(frame([]byte{255, 255, 255, 255, 255, 255}, macTest, header.ARPProtocolNumber,
		arpPacket(header.ARPRequest, addrB, addrA, macTest, make([]byte, 6))))
	reply := w.receive(isType(header.ARPProtocolNumber))
	if reply == nil {
		w.Fatal("no ARP reply")
	}
	a := header.ARP(reply[14:])
	if a.Op() != header.ARPReply || !bytes.Equal(a.HardwareAddressSender(), macHost) || !bytes.Equal(reply[:6], macTest) {
		w.Fatalf("ARP reply %x", reply)
	}
	w.mac = macTest
}

func TestPing4(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.greet()
	// More than the stack lets out of ICMP errors: replies are not held back.
	const n = 3000
	replies := 0
	for i := range n {
		w.send(echo4(addrB, addrA, uint16(i), []byte("abcdefgh")))
		w.collect()
		for _, b := range w.seen {
			if b[23] == 1 && b[34] == byte(header.ICMPv4EchoReply) && bytes.HasSuffix(b, []byte("abcdefgh")) {
				replies++
			}
		}
		w.seen = nil
	}
	if s := w.h.engine.Stats().IP; replies != n || s.EchoRequests != n || s.EchoReplies != n {
		t.Errorf("%d of %d replies: %+v", replies, n, s)
	}
}

func TestPing6(t *testing.T) {
	w := newWire(t, netstack.Config{})
	b := append([]byte{128, 0, 0, 0, 0, 1, 0, 1}, "hello"...)
	w.send(icmp6(addrB6, addrA6, b))
	// The host asks who we are before it answers.
	sol := w.receive(func(b []byte) bool { return isType(header.IPv6ProtocolNumber)(b) && b[54] == 135 })
	if sol == nil {
		t.Fatal("no neighbor solicitation")
	}
	adv := append([]byte{136, 0, 0, 0, 0x60, 0, 0, 0}, addrB6.AsSlice()...)
	adv = append(append(adv, 2, 1), macTest...)
	w.send(icmp6(addrB6, addrA6, adv))
	reply := w.receive(func(b []byte) bool { return isType(header.IPv6ProtocolNumber)(b) && b[54] == 129 })
	if !bytes.HasSuffix(reply, []byte("hello")) {
		t.Errorf("reply %x", reply)
	}
}

// TestNeighborChanges: a host that comes back with another MAC is reached again: at once if it asks for us with it, and else
// once the old MAC answers no more (RFC 4861 section 7.3.3, which the stack applies to ARP too).
func TestNeighborChanges(t *testing.T) {
	other, third := []byte{2, 0, 0, 0, 0, 7}, []byte{2, 0, 0, 0, 0, 8}
	w := newWire(t, netstack.Config{})
	w.greet()
	w.mac = other
	w.send(frame([]byte{255, 255, 255, 255, 255, 255}, other, header.ARPProtocolNumber,
		arpPacket(header.ARPRequest, addrB, addrA, other, make([]byte, 6))))
	w.send(echo4(addrB, addrA, 1, nil))
	if reply := w.receive(isType(header.IPv4ProtocolNumber)); reply == nil || !bytes.Equal(reply[:6], other) {
		t.Errorf("reply %x", reply)
	}
	w.mac = nil // the old MAC does not answer
	for i := uint16(2); ; i++ {
		w.send(echo4(addrB, addrA, i, nil))
		b := w.receive(func(b []byte) bool {
			return isType(header.ARPProtocolNumber)(b) || isType(header.IPv4ProtocolNumber)(b)
		})
		if b == nil {
			t.Fatal("the host sends nothing")
		}
		if isType(header.ARPProtocolNumber)(b) && b[0] == 0xff {
			break // asks everybody
		}
		if w.now = w.now.Add(10 * time.Millisecond); i > 10_000 {
			t.Fatal("the host goes on with a MAC that does not answer")
		}
	}
	w.mac = third
	w.send(frame(macHost, third, header.ARPProtocolNumber, arpPacket(header.ARPReply, addrB, addrA, third, macHost)))
	if reply := w.receive(isType(header.IPv4ProtocolNumber)); reply == nil || !bytes.Equal(reply[:6], third) {
		t.Errorf("reply %x", reply)
	}
}

func (w *wire) dial(to netip.AddrPort) *dialing {
	w.Helper()
	qd, err := w.h.rt.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
	if err != nil {
		w.Fatal(err)
	}
	qt, err := w.h.rt.Connect(qd, to)
	if err != nil {
		w.Fatal(err)
	}
	return &dialing{w, qt}
}

// TestGateway: what is not on the link goes to the gateway's MAC, the longest prefix first.
func TestGateway(t *testing.T) {
	gw, gw2 := netip.MustParseAddr("10.0.0.254"), netip.MustParseAddr("10.0.0.253")
	w := newWire(t, netstack.Config{
		Gateways: []netip.Addr{gw},
		Routes:   []netstack.Route{{Destination: netip.MustParsePrefix("198.51.100.0/24"), Gateway: gw2}},
	})
	mac1, mac2 := []byte{2, 0, 0, 0, 1, 1}, []byte{2, 0, 0, 0, 1, 2}
	for _, c := range []struct {
		to  string
		gw  netip.Addr
		mac []byte
	}{{"203.0.113.5:80", gw, mac1}, {"198.51.100.5:80", gw2, mac2}} {
		d := w.dial(netip.MustParseAddrPort(c.to))
		w.answerARP(c.gw, c.mac)
		if syn := w.receive(isTCP4(header.TCPFlagSyn)); syn == nil || !bytes.Equal(syn[:6], c.mac) {
			t.Errorf("SYN to %v: %x", c.to, syn)
		}
		d.cancel()
	}
}

func TestNoRoute(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.dial(netip.MustParseAddrPort("203.0.113.5:80")).fails(syscall.ENETUNREACH)
}

func TestNobodyThere(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.dial(netip.AddrPortFrom(addrB, 80)).fails(syscall.EHOSTUNREACH)
}

// TestSynTimeout: a host that is there and does not answer.
func TestSynTimeout(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.greet()
	d := w.dial(netip.AddrPortFrom(addrB, 80))
	for i := range 7 {
		// The last ones are more than a minute apart.
		syn := w.receive(isTCP4(header.TCPFlagSyn))
		if syn == nil {
			syn = w.receive(isTCP4(header.TCPFlagSyn))
		}
		if syn == nil {
			t.Fatalf("no SYN after %d", i)
		}
	}
	d.fails(syscall.ETIMEDOUT)
}

// TestUnreachable: what a router says of the destination ends a connect.
func TestUnreachable(t *testing.T) {
	for code, want := range map[byte]syscall.Errno{0: syscall.ENETUNREACH, 1: syscall.EHOSTUNREACH, 3: syscall.ECONNREFUSED} {
		w := newWire(t, netstack.Config{})
		w.greet()
		d := w.dial(netip.AddrPortFrom(addrB, 80))
		syn := w.receive(isTCP4(header.TCPFlagSyn))
		if syn == nil {
			t.Fatal("no SYN")
		}
		b := append([]byte{3, code, 0, 0, 0, 0, 0, 0}, syn[14:]...)
		binary.BigEndian.PutUint16(b[2:], ^checksum.Checksum(b, 0))
		w.send(ipFrame(1, addrB, addrA, b))
		d.fails(want)
	}
}

// TestStray: segments that belong to no connection are answered by RST, and an RST by nothing.
func TestStray(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.greet()
	l, err := w.h.rt.Socket(syscall.AF_INET, syscall.SOCK_STREAM)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(addrA, 7)
	if err := w.h.rt.Bind(l, at); err != nil {
		t.Fatal(err)
	}
	if err := w.h.rt.Listen(l, 8); err != nil {
		t.Fatal(err)
	}
	from := netip.AddrPortFrom(addrB, 4000)
	for _, to := range []netip.AddrPort{at, netip.AddrPortFrom(addrA, 8)} {
		for _, flags := range []header.TCPFlags{
			header.TCPFlagAck, header.TCPFlagSyn | header.TCPFlagAck, header.TCPFlagFin | header.TCPFlagAck,
		} {
			w.send(segment(from, to, flags, 1000, 2000, ""))
			rst := w.receive(isTCP4(header.TCPFlagRst))
			if rst == nil || header.TCP(rst[34:]).SequenceNumber() != 2000 {
				t.Errorf("%v to %v: %x", flags, to, rst)
			}
		}
		for _, flags := range []header.TCPFlags{header.TCPFlagRst, header.TCPFlagRst | header.TCPFlagAck} {
			w.send(segment(from, to, flags, 1000, 2000, ""))
			if b := w.receive(func(b []byte) bool { return b[12] == 8 && b[13] == 0 }); b != nil {
				t.Errorf("%v to %v is answered: %x", flags, to, b)
			}
		}
	}
	w.send(segment(from, netip.AddrPortFrom(addrA, 8), header.TCPFlagSyn, 1000, 0, ""))
	rst := w.receive(isTCP4(header.TCPFlagRst | header.TCPFlagAck))
	if rst == nil || header.TCP(rst[34:]).AckNumber() != 1001 {
		t.Errorf("SYN to a closed port: %x", rst)
	}
}

// TestFragmentChecksum: the checksum of a datagram that came in pieces is verified once it is whole.
func TestFragmentChecksum(t *testing.T) {
	w := newWire(t, netstack.Config{})
	w.greet()
	qd, err := w.h.rt.Socket(syscall.AF_INET, syscall.SOCK_DGRAM)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.h.rt.Bind(qd, netip.AddrPortFrom(addrA, 9)); err != nil {
		t.Fatal(err)
	}
	datagram := make([]byte, 8+2000)
	header.UDP(datagram).Encode(&header.UDPFields{SrcPort: 1, DstPort: 9, Length: uint16(len(datagram))})
	sum := header.PseudoHeaderChecksum(17, tcpipAddr(addrB), tcpipAddr(addrA), uint16(len(datagram)))
	header.UDP(datagram).SetChecksum(^checksum.Checksum(datagram, sum))
	pieces := func(id uint16, d []byte) {
		for off := 0; off < len(d); off += 1200 {
			end := min(off+1200, len(d))
			_, b := packet(17, addrB, addrA, d[off:end])
			h := header.IPv4(b)
			flags := uint8(0)
			if end < len(d) {
				flags = header.IPv4FlagMoreFragments
			}
			h.SetFlagsFragmentOffset(flags, uint16(off))
			h.SetID(id)
			h.SetChecksum(0)
			h.SetChecksum(^h.CalculateChecksum())
			w.send(frame(macHost, macTest, header.IPv4ProtocolNumber, b))
		}
	}
	pop, err := w.h.rt.Pop(qd)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(datagram)
	bad[1500]++
	// Also with the sum that a virtual device may leave: no checksum of a piece is looked at.
	unfinished := bytes.Clone(datagram)
	binary.BigEndian.PutUint16(unfinished[6:], sum)
	pieces(1, bad)
	pieces(2, unfinished)
	w.receive(func([]byte) bool { return false })
	if _, err := w.h.rt.Wait(pop, 0); err == nil {
		t.Fatal("a datagram with a wrong checksum was delivered")
	}
	if n := w.h.engine.Stats().UDP.Checksum; n != 2 {
		t.Errorf("%d checksum errors, want 2", n)
	}
	pieces(3, datagram)
	res, err := w.h.rt.Wait(pop, 0)
	if err != nil || res.Err != nil || res.N != 2000 {
		t.Fatal(res, err)
	}
	if err := w.h.rt.Free(res.SGA); err != nil {
		t.Fatal(err)
	}
}
