package afxdp

import (
	"net"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// probeEvery is how many RxBursts without a frame pass between two looks at the device's state: often enough for a
// busy poller to see within milliseconds that the interface went down, seldom enough to cost nothing.
const probeEvery = 4096

// RxBurst receives frames. While the interface is down it returns ENETDOWN, after it was removed ENXIO.
func (q *Queue) RxBurst(f []link.Frame) (int, error) {
	open := q.guard.enter()
	defer q.guard.leave(open)
	if !open {
		return 0, net.ErrClosed
	}
	if q.owed {
		q.kick()
	}
	q.reap()
	q.refill()
	n := q.receive(f)
	if n == 0 {
		q.empties++
		if q.down != 0 || q.empties >= probeEvery {
			q.probe()
		}
	}
	if q.down != 0 {
		return n, q.down
	}
	return n, nil
}

// receive moves descriptors of the RX ring into f, and refuses those that the kernel must not have written.
func (q *Queue) receive(f []link.Frame) int {
	r := &q.xsk.rx
	ready := r.ready()
	if ready == 0 {
		return 0
	}
	n, bytes := 0, uint64(0)
	for ; ready > 0 && n < len(f); ready-- {
		d := r.entry[r.mine&r.mask]
		r.mine++
		i, ok := q.umem.lentTo(d.Addr, stateRX)
		if !ok {
			q.stats.RxInvalid++
			continue
		}
		q.umem.lent.rx--
		start := d.Addr & (q.umem.frameSize() - 1)
		if d.Len == 0 || start+uint64(d.Len) > q.umem.frameSize() || d.Options&unix.XDP_PKT_CONTD != 0 {
			q.stats.RxInvalid++
			q.umem.put(i)
			continue
		}
		f[n] = q.umem.hand(i, d.Addr, d.Len)
		bytes += uint64(d.Len)
		n++
	}
	r.release()
	q.stats.RxFrames += uint64(n)
	q.stats.RxBytes += bytes
	return n
}
