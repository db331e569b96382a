package afxdp

// reap takes frames that were sent out of the completion ring. An address that is not lent for TX is ignored.
func (q *Queue) reap() {
	if q.umem.lent.tx == 0 {
		return
	}
	r := &q.xsk.complete
	n := r.ready()
	if n == 0 {
		return
	}
	for range n {
		i, ok := q.umem.lentTo(r.entry[r.mine&r.mask], stateTX)
		r.mine++
		if !ok {
			q.stats.TxInvalid++
			continue
		}
		q.umem.lent.tx--
		q.umem.put(i)
	}
	r.release()
}
