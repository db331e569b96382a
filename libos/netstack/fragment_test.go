package netstack_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"syscall"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

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
