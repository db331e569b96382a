package main

import (
	"fmt"
	"io"

	"github.com/catamaran-os/catamaran/api"
)

// counters are what a server has done.
type counters struct {
	connections       uint64
	requests          uint64 // pops that returned data
	bytesIn, bytesOut uint64
	errors            uint64
}

// print writes the counters of the server and of its libOS, a line each, and what memory there is in use: of the runtime and on the
// Go heap, in bytes.
func (c *counters) print(w io.Writer, stats api.Stats) error {
	_, err := fmt.Fprintf(w, "server connections=%d requests=%d bytes_in=%d bytes_out=%d errors=%d\n", c.connections,
		c.requests, c.bytesIn, c.bytesOut, c.errors)
	if err != nil {
		return err
	}
	if k := stats.Kernel; k != nil {
		_, err = fmt.Fprintf(w, "kernel waits=%d events=%d receives=%d dry=%d sends=%d full=%d starved=%d\n", k.Waits,
			k.Events, k.Receives, k.DryRecvs, k.Sends, k.FullSends, k.Starved)
	}
	if n := stats.Netstack; n != nil && err == nil {
		l := &n.Link
		_, err = fmt.Fprintf(w, "link rx=%d tx=%d drops=%d rx_dropped=%d rx_ring_full=%d rx_no_buffer=%d rx_invalid=%d "+
			"tx_invalid=%d tx_backpressure=%d tx_dropped=%d kicks=%d kick_errors=%d\n"+
			"frames free=%d lent_rx=%d held=%d lent_tx=%d total=%d\nnetstack inline=%d early=%d acks_saved=%d retransmits=%d timeouts=%d "+
			"tcp_checksum=%d udp_checksum=%d udp_buffer_full=%d\n", l.RxFrames, l.TxFrames, l.Drops(), l.RxDropped,
			l.RxRingFull, l.RxNoBuffer, l.RxInvalid, l.TxInvalid, l.TxBackpressure, l.TxDropped, l.Kicks, l.KickErrors,
			l.Accounts.Free, l.Accounts.RX, l.Accounts.Held, l.Accounts.TX, l.Accounts.Total,
			n.Inline.Segments, n.Inline.Early, n.Inline.AcksSaved, n.TCP.Retransmitted, n.TCP.Timeouts, n.TCP.Checksum, n.UDP.Checksum, n.UDP.BufferFull)
	}
	if err != nil {
		return err
	}
	m := &stats.Memory
	if _, err = fmt.Fprintf(w, "memory live=%d in_use=%d mapped=%d limit=%d\n", m.Live, m.InUse, m.Mapped, m.Limit); err != nil {
		return err
	}
	return printHeap(w)
}
