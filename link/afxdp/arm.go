package afxdp

// Arm prepares for sleep. The descriptor is the XSK, readable (EPOLLIN) when the RX ring is not empty. There is no event
// for completions or for a TX ring that has room again: while one of these is waited for, ok is false and the caller
// polls. On a device that is down ok is true once RxBurst has said so.
func (q *Queue) Arm() (fd int, ok bool) {
	open := q.guard.enter()
	defer q.guard.leave(open)
	if !open {
		return -1, false
	}
	was := q.down
	lent := q.umem.lent.tx
	q.reap()
	q.refill()
	q.probe()
	switch {
	case q.xsk.rx.ready() > 0:
		return q.xsk.fd, false
	case q.down != 0:
		return q.xsk.fd, q.down == was
	case was != 0, q.owed:
		return q.xsk.fd, false
	case q.short != short{}:
		// Progress, or the hope of it, while frames come back. When all are back the caller has one more try; after
		// that it is the caller's own frames that are in the way.
		if q.umem.lent.tx == 0 {
			q.short = short{}
		}
		return q.xsk.fd, lent == 0
	}
	return q.xsk.fd, true
}
