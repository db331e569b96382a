package afxdp

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/link"
)

// TxBurst sends frames. A frame that is too short for an Ethernet header or longer than the MTU allows is counted as
// TxInvalid and becomes free; one that the caller does not hold is counted as NotHeld and left alone. Both count as taken. While the interface is down, frames are taken until the ring is full and the error is ENETDOWN; they
// are sent when it is up again.
func (q *Queue) TxBurst(f []link.Frame) (int, error) {
	open := q.guard.enter()
	defer q.guard.leave(open)
	if !open {
		return 0, net.ErrClosed
	}
	q.reap()
	n := q.transmit(f)
	if n < len(f) && q.owed {
		// The ring may be full only because a kick was cut short.
		q.kick()
		q.reap()
		n += q.transmit(f[n:])
	}
	q.stats.TxBackpressure += uint64(len(f) - n)
	if len(f) > 0 {
		q.short.tx = n < len(f)
	}
	if q.owed {
		q.kick()
	}
	if q.down != 0 {
		return n, q.down
	}
	return n, nil
}

// transmit puts frames into the TX ring. No more are lent than the completion ring can return, which has the same size.
func (q *Queue) transmit(f []link.Frame) int {
	r := &q.xsk.tx
	room := min(int(r.room()), int(r.size())-q.umem.lent.tx)
	n, sent, bytes := 0, 0, uint64(0)
	for ; n < len(f); n++ {
		i, ok := q.umem.held(&f[n])
		if !ok {
			q.stats.NotHeld++
			continue
		}
		addr, ok := q.umem.address(f[n].Data)
		length := uint64(len(f[n].Data))
		if !ok || addr>>q.umem.shift != uint64(i) || addr&(q.umem.frameSize()-1)+length > q.umem.frameSize() ||
			length < link.EthernetHeaderLen || length > uint64(q.maxTX) {
			q.stats.TxInvalid++
			q.umem.lent.held--
			q.umem.put(i)
			continue
		}
		if sent >= room {
			break
		}
		r.entry[r.mine&r.mask] = unix.XDPDesc{Addr: addr, Len: uint32(length)}
		r.mine++
		q.umem.meta[i].state = stateTX
		bytes += length
		sent++
	}
	if sent > 0 {
		q.umem.lent.held -= sent
		q.umem.lent.tx += sent
		q.stats.TxFrames += uint64(sent)
		q.stats.TxBytes += bytes
		r.publish()
		q.owed = true
	}
	return n
}

// kick tells the kernel of the TX ring until nothing is owed or it cannot take more now.
//
// In copy mode sendto(2) itself sends, at most xsk.batch frames, then says EAGAIN; it says so too when the socket's send
// buffer is full. The two cannot be told apart, because the kernel publishes the consumer index late, so the number of
// tries is what draining the ring needs. EBUSY in copy mode is one frame that the driver dropped, and the end of that call.
func (q *Queue) kick() {
	r := &q.xsk.tx
	r.room()
	pending := r.used()
	tries, drops := pending/q.xsk.batch+1, uint32(0)
	for tries > 0 && drops <= pending {
		if !r.needWakeup() {
			break // the driver polls the ring by itself
		}
		q.stats.Kicks++
		errno := wakeTX(q.xsk.fd)
		switch {
		case errno == syscall.EBUSY && !q.xsk.zeroCopy:
			q.stats.TxDropped++
			drops++
			continue
		case again(errno):
			tries--
			continue
		case errno != 0:
			q.stats.KickErrors++
		}
		q.down = errno
		q.owed = errno != 0
		return
	}
	q.owed = r.needWakeup()
}

// again reports whether the kernel asks for the same call later.
func again(errno syscall.Errno) bool {
	switch errno {
	case syscall.EAGAIN, syscall.EBUSY, syscall.ENOBUFS, syscall.EINTR:
		return true
	}
	return false
}
