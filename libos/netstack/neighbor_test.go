package netstack_test

import (
	"bytes"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/libos/netstack"
)

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
