package endpoint

import (
	"bytes"
	"fmt"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestOffload: a device that cuts segments gets them whole, with the sum over the pseudo-header, and the endpoint at the other
// end takes them as they are.
func TestOffload(t *testing.T) {
	for _, size := range []int{0, 1, 1400, 1401, 20_000, 65_535 - 60} {
		for _, v6 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", size, v6), func(t *testing.T) {
				f := newFixture(t, pipe.Config{Offload: true}, Options{})
				spec := tcpSpec{v6: v6, seq: 5, ack: 7, window: 9, payload: letters(size)}
				if err := f.send(spec.segmented(1400, 3000)); err != nil {
					t.Fatal(err)
				}
				f.e.Flush()
				fr := make([]link.Frame, 64)
				n, err := f.peer.RxBurst(fr)
				if err != nil {
					t.Fatal(err)
				}
				var packet []byte
				for i, g := range fr[:n] {
					if g.More != (i < n-1) || g.Csum != link.CsumGood {
						t.Errorf("frame %d of %d: %v %v", i, n, g.More, g.Csum)
					}
					packet = append(packet, g.Data...)
				}
				room := cap(fr[0].Data)
				if want := (len(packet) + room - 1) / room; n != want {
					t.Errorf("%d bytes came in %d frames, want %d", len(packet), n, want)
				}
				at, ip := link.EthernetHeaderLen+20, 20
				if v6 {
					at, ip = link.EthernetHeaderLen+40, 40
				}
				if got := string(packet[at+20:]); got != spec.payload {
					t.Errorf("%d bytes arrived, want %d", len(got), size)
				}
				tcp := header.TCP(packet[at:])
				src, dst := src4, dst4
				if v6 {
					src, dst = src6, dst6
				}
				if got, want := tcp.Checksum(), header.PseudoHeaderChecksum(header.TCPProtocolNumber, src, dst, uint16(len(packet)-14-ip)); got != want {
					t.Errorf("the checksum field is %#x, want the sum over the pseudo-header, %#x", got, want)
				}

				// The other way: the packet comes in pieces.
				copy(packet, macOurs)
				copy(packet[6:], macOther)
				tcp.SetChecksum(^checksum.Checksum(tcp[:16], 0)) // wrong: the device's word counts
				f.peer.Free(fr[:n])
				f.injectPieces(packet, uint16(at))
				for f.sink.got == nil {
					if k, err := f.e.Poll(1); k == 0 || err != nil {
						t.Fatal(k, err)
					}
				}
				if d := f.sink.got[0]; !bytes.Equal(d.data, packet) || !d.verified {
					t.Errorf("delivered %d bytes, want %d; verified: %v", len(d.data), len(packet), d.verified)
				}
			})
		}
	}
}

// injectPieces sends a packet from the other side, uncut.
func (f *fixture) injectPieces(packet []byte, csumStart uint16) {
	f.Helper()
	fr := make([]link.Frame, 64)
	n := f.peer.Alloc(fr)
	used := 0
	for rest := packet; len(rest) > 0; used++ {
		g := &fr[used]
		g.Data = g.Data[:min(cap(g.Data), len(rest))]
		rest = rest[copy(g.Data, rest):]
		g.More = len(rest) > 0
	}
	fr[0].CsumStart, fr[0].SegmentSize = csumStart, 1400
	if sent, err := f.peer.TxBurst(fr[:used]); sent != used || err != nil {
		f.Fatal(sent, err)
	}
	f.peer.Free(fr[used:n])
}

// TestOffloadScarce: a segment for which there are never enough frames at once is cut by the endpoint.
func TestOffloadScarce(t *testing.T) {
	f := newFixture(t, pipe.Config{Offload: true, Ring: 256, Frames: 260}, Options{})
	spec := tcpSpec{seq: 5, ack: 7, window: 9, payload: letters(20_000)}
	if err := f.send(spec.segmented(1400, 3000)); err != nil {
		t.Fatal(err)
	}
	payload := 0
	for range 100 {
		f.e.Flush()
		for _, b := range f.received() {
			payload += len(b) - link.EthernetHeaderLen - 40
		}
	}
	if payload != len(spec.payload) {
		t.Errorf("%d bytes of payload arrived, want %d", payload, len(spec.payload))
	}
	if s := f.e.Stats(); s.Held != 0 || s.Staged != 0 {
		t.Errorf("%d frames are held and %d staged", s.Held, s.Staged)
	}
}

// taker is a shortcut that takes all segments.
type taker struct{}

func (taker) Wants([]byte, int, int) bool { return true }
func (taker) Take([][]byte, int) bool     { return true }

// TestPiecesAlone: what begins like a segment that continues the one before is not taken without the rest of its packet, which
// would pass for a frame.
func TestPiecesAlone(t *testing.T) {
	f := newFixture(t, pipe.Config{Offload: true}, Options{Shortcut: taker{}})
	first := tcpSpec{seq: 5, ack: 7, window: 9, payload: letters(1000)}
	f.inject(first.frame())
	next := first
	next.seq += 1000
	packet := next.frame()
	var fr [1]link.Frame
	f.peer.Alloc(fr[:])
	packet = append(packet, make([]byte, cap(fr[0].Data)-len(packet))...)
	f.peer.Free(fr[:])
	packet = append(packet, frame(macOurs, typeARP, make([]byte, 46))...)
	f.injectPieces(packet, link.EthernetHeaderLen+20)
	if n, err := f.e.Poll(64); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	for _, d := range f.sink.got {
		t.Errorf("the end of a packet was delivered as one: %d bytes, type %#x", len(d.data), d.proto)
	}
	if s := f.e.Stats(); s.RxDelivered != 2 {
		t.Errorf("%d packets were delivered, want 2", s.RxDelivered)
	}
}
