package main

import (
	"fmt"
	"io"

	"github.com/catamaran-os/catamaran/api"
)

// printNetstack writes the counters of the packet path from the device up.
func printNetstack(w io.Writer, n *api.NetstackStats) error {
	l, e, t := &n.Link, &n.Endpoint, &n.TCP
	_, err := fmt.Fprintf(w, "link rx=%d tx=%d drops=%d rx_dropped=%d rx_ring_full=%d rx_no_buffer=%d rx_invalid=%d "+
		"tx_invalid=%d tx_backpressure=%d tx_dropped=%d kicks=%d kick_errors=%d\n", l.RxFrames, l.TxFrames, l.Drops(), l.RxDropped,
		l.RxRingFull, l.RxNoBuffer, l.RxInvalid, l.TxInvalid, l.TxBackpressure, l.TxDropped, l.Kicks, l.KickErrors)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(w, "frames free=%d lent_rx=%d held=%d lent_tx=%d total=%d\n", l.Accounts.Free, l.Accounts.RX,
		l.Accounts.Held, l.Accounts.TX, l.Accounts.Total); err != nil {
		return err
	}
	// Frames in a burst: 1 for one, 2 for two or three, 4 for four to seven and so on.
	if _, err = fmt.Fprintf(w, "bursts rx=%v tx=%v\n", e.RxBursts, e.TxBursts); err != nil {
		return err
	}
	if _, err = fmt.Fprintf(w, "endpoint delivered=%d coalesced=%d not_ours=%d too_short=%d malformed=%d bad_checksum=%d unknown_type=%d "+
		"detached=%d rx_errors=%d segmented=%d held=%d tx_no_buffer=%d tx_too_long=%d tx_closed=%d tx_errors=%d\n", e.RxDelivered,
		e.RxCoalesced, e.RxNotOurs, e.RxTooShort, e.RxMalformed, e.RxBadChecksum, e.RxUnknownType, e.RxDetached, e.RxErrors, e.TxSegmented,
		e.TxHeld, e.TxNoBuffer, e.TxTooLong, e.TxClosed, e.TxErrors); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "netstack inline=%d early=%d direct=%d sent_direct=%d acks_saved=%d retransmits=%d resent=%d probes=%d "+
		"timeouts=%d syn_dropped=%d tcp_checksum=%d udp_checksum=%d udp_buffer_full=%d\n", n.Inline.Segments, n.Inline.Early,
		n.Inline.Direct, n.Inline.Sent, n.Inline.AcksSaved, t.Retransmitted, n.Inline.Resent, n.Inline.Probes, t.Timeouts, t.SynDropped, t.Checksum, n.UDP.Checksum, n.UDP.BufferFull)
	return err
}
