package netstack_test

import (
	"bytes"
	"testing"

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
