package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/api"
)

// Every counter of the packet path that says something about speed or loss has a name of its own in the report.
func TestPrintNetstack(t *testing.T) {
	var n api.NetstackStats
	n.Link.RxFrames, n.Link.RxRingFull, n.Link.RxNoBuffer, n.Link.TxDropped, n.Link.Kicks = 1, 2, 3, 4, 5
	n.Endpoint.RxBursts[0], n.Endpoint.RxBursts[3], n.Endpoint.TxBursts[8] = 6, 7, 8
	n.Endpoint.RxBadChecksum, n.Endpoint.RxCoalesced, n.Endpoint.TxNoBuffer = 9, 10, 11
	n.Inline.Early, n.Inline.AcksSaved, n.TCP.Retransmitted, n.TCP.SynDropped = 12, 13, 14, 15
	var b strings.Builder
	if err := printNetstack(&b, &n); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"link rx=1 ", " drops=9 ", " rx_ring_full=2 ", " rx_no_buffer=3 ", " tx_dropped=4 ", " kicks=5 ", "bursts rx=1:6,8:7 tx=256:8\n",
		" bad_checksum=9 ", " coalesced=10 ", " tx_no_buffer=11 ", " early=12 ", " acks_saved=13 ", " retransmits=14 ", " syn_dropped=15 ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
	for lines := range strings.Count(b.String(), "\n") {
		if err := printNetstack(&short{lines}, &n); !errors.Is(err, errFull) {
			t.Errorf("a writer that takes %d lines: %v", lines, err)
		}
	}
}

// A short takes some lines and then none.
type short struct{ lines int }

var errFull = errors.New("full")

func (s *short) Write(b []byte) (int, error) {
	if s.lines == 0 {
		return 0, errFull
	}
	s.lines--
	return len(b), nil
}
