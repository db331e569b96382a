package netstack_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

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
