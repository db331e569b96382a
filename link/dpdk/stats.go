//go:build dpdk && linux && cgo

package dpdk

import (
	"slices"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// Stats returns the counters. What the port lost as a whole is told by its first queue.
func (q *Queue) Stats() link.Stats {
	if q.closed {
		eal.Lock() // others may free the pool
		defer eal.Unlock()
	}
	s := q.stats
	drops := q.raw.Drops()
	s.RxNoBuffer, s.RxDropped, s.TxDropped = drops.NoMbuf, drops.Long, drops.Refused
	if q.lost != nil {
		if !q.dev.closed {
			q.lost.read(q.dev.port)
		}
		s.RxRingFull += q.lost.sum.Missed
		s.RxNoBuffer += q.lost.sum.NoMbuf
		s.RxDropped += q.lost.sum.Errors
		s.TxDropped += q.lost.sum.TxErrors
	}
	s.Accounts = q.accounts()
	return s
}

// accounts tells where the frames are. The driver has what is nowhere else; what it took for receiving it gives back when the
// port stops, and is counted as sent then if it does not.
func (q *Queue) accounts() link.Accounts {
	if q.raw.Freed() {
		return link.Accounts{Free: len(q.has), Total: len(q.has)}
	}
	free, rx := q.raw.Counts()
	a := link.Accounts{Free: free + len(q.stock), Held: q.held, Total: len(q.has)}
	with := a.Total - a.Free - a.Held
	a.RX = max(0, min(rx, with))
	a.TX = with - a.RX
	return a
}

// losses sums the counters of a port, which its driver may begin anew, as memif's does when a peer goes away.
type losses struct{ sum, last ethdev.PortStats }

func (l *losses) read(port int) {
	now, err := ethdev.Stats(port)
	if err != nil {
		return // the driver has no counters
	}
	add := func(sum, last *uint64, now uint64) {
		if now < *last {
			*last = 0
		}
		*sum += now - *last
		*last = now
	}
	add(&l.sum.Missed, &l.last.Missed, now.Missed)
	add(&l.sum.Errors, &l.last.Errors, now.Errors)
	add(&l.sum.NoMbuf, &l.last.NoMbuf, now.NoMbuf)
	add(&l.sum.TxErrors, &l.last.TxErrors, now.TxErrors)
}

// buryDead frees the pools of closed queues whose frames have all come back: from their owner, and from ports that the same
// process joined to theirs. eal is locked.
func buryDead() {
	eal.dead = slices.DeleteFunc(eal.dead, func(q *Queue) bool {
		if free, _ := q.raw.Counts(); free+len(q.stock) < len(q.has) {
			return false
		}
		q.raw.Free()
		return true
	})
}
