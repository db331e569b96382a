package afxdp

// refill lends free frames to the kernel until the fill ring is full, half of all frames are lent, or none are free,
// and wakes the driver if it asks for that. The kernel drops silently without frames, so this comes before reading.
func (q *Queue) refill() {
	r := &q.xsk.fill
	n := min(int(r.room()), q.maxRX-q.umem.lent.rx, len(q.umem.free))
	if n > 0 {
		for range n {
			i := q.umem.take(stateRX)
			r.entry[r.mine&r.mask] = uint64(i) << q.umem.shift
			r.mine++
		}
		q.umem.lent.rx += n
		r.publish()
	}
	if r.needWakeup() {
		q.stats.Kicks++
		q.probe()
	}
}

// probe wakes the driver for receiving and learns the state of the device.
func (q *Queue) probe() {
	q.empties = 0
	if errno := wakeRX(q.xsk.fd); !again(errno) {
		q.down = errno
	}
}
