//go:build !race && !catdebug

package endpoint

import (
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestBulkAllocations: neither cutting nor merging allocates.
func TestBulkAllocations(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	frames := make([]link.Frame, 64)
	spec := tcpSpec{payload: letters(40_000)}
	pkt := spec.segmented(1400, 65_536)
	defer pkt.DecRef()
	f.e.AddHeader(pkt)
	round := func() {
		spec.seq += 40_000
		header.TCP(pkt.TransportHeader().Slice()).SetSequenceNumber(spec.seq)
		if err := f.e.WritePacket(pkt); err != nil {
			t.Fatal(err)
		}
		f.e.Flush()
		n, err := f.peer.RxBurst(frames)
		if err != nil || n != 29 {
			t.Fatal(n, err)
		}
		// Back to where they came from: the frames are for our address.
		if n, err := f.peer.TxBurst(frames[:n]); err != nil || n != 29 {
			t.Fatal(n, err)
		}
		if n, err := f.e.Poll(64); err != nil || n != 29 {
			t.Fatal(n, err)
		}
	}
	f.e.Attach(drop{})
	round()
	if n := testing.AllocsPerRun(500, round); n > 0 {
		t.Errorf("%v allocations for %d frames each way", n, 29)
	}
	if s := f.e.Stats(); s.RxCoalesced != s.RxDelivered*28 {
		t.Errorf("%+v", s)
	}
}
