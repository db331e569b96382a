package afxdp

import (
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// xdpStatistics is where getsockopt(2) writes XDP_STATISTICS. It is part of the queue so that reading allocates nothing.
type xdpStatistics struct {
	value  unix.XDPStatistics
	length uint32
}

// Stats returns the counters of the queue and of its socket (XDP_STATISTICS). After Close they are the last ones.
// In zero-copy mode RxNoBuffer counts how often the driver found the fill ring empty, not frames.
func (q *Queue) Stats() link.Stats {
	open := q.guard.enter()
	defer q.guard.leave(open)
	if open {
		q.reap()
		q.readStatistics()
	}
	s := q.stats
	k := &q.stat.value
	s.RxRingFull = k.Rx_ring_full
	s.RxNoBuffer = k.Rx_fill_ring_empty_descs
	s.RxDropped = k.Rx_dropped
	if !q.xsk.zeroCopy {
		// The copying path counts a frame without buffer under both (xsk_rcv in net/xdp/xsk.c).
		s.RxDropped -= min(s.RxDropped, s.RxNoBuffer)
	}
	s.RxInvalid += k.Rx_invalid_descs
	s.TxInvalid += k.Tx_invalid_descs
	s.Accounts = q.umem.accounts()
	return s
}

// readStatistics keeps the last values if the kernel does not answer, which it does for every open XSK.
func (q *Queue) readStatistics() {
	now := &q.stat
	if err := getsockopt(q.xsk.fd, unix.XDP_STATISTICS, &now.value, &now.length); err != nil {
		q.stats.KickErrors++ // the only counter of system calls that went wrong
	}
}
