package netstack_test

import (
	"bytes"
	"net/netip"
	"syscall"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

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
