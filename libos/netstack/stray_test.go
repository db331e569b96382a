package netstack_test

import (
	"net/netip"
	"syscall"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

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
