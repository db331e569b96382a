package afxdp

import (
	"errors"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
)

// Queue is one opened queue: an XSK, its memory and its rings. It is owned by one goroutine, except that Device.Close
// may come from another.
type Queue struct {
	dev  *Device // keeps the program attached for as long as the queue can be reached
	id   int
	xsk  *socket
	umem *umem

	guard guard
	maxRX int // most frames lent for receiving
	maxTX int // longest frame that may be sent

	owed    bool          // the kernel may not know of all that is in the TX ring
	short   short         // what the caller did not get when it last asked
	down    syscall.Errno // the device's state as last seen: 0, ENETDOWN, ENXIO
	empties uint32        // RxBursts without a frame since the state was last looked at

	stats link.Stats
	stat  xdpStatistics
}

// short is what Arm must not sleep on while frames come back.
type short struct{ tx, alloc bool }

// guard lets Close wait for a call that is under way. It is taken and given back once per call by the one owner, so it
// is a word in the owner's cache, not a lock that is fought over.
type guard struct{ word atomic.Uint32 }

const (
	guardBusy   = 1 << iota // a call is under way
	guardClosed             // the socket is gone
)

// enter begins a call and reports whether the queue is open. leave must follow in either case.
func (g *guard) enter() (open bool) {
	for {
		w := g.word.Load()
		if w&guardBusy == 0 && g.word.CompareAndSwap(w, w|guardBusy) {
			return w&guardClosed == 0
		}
		runtime.Gosched() // calls never block, so this is short
	}
}

func (g *guard) leave(open bool) {
	if open {
		g.word.Store(0)
	} else {
		g.word.Store(guardClosed)
	}
}

func newQueue(dev *Device, id int, xsk *socket, u *umem, mtu int) *Queue {
	return &Queue{
		dev:   dev,
		id:    id,
		xsk:   xsk,
		umem:  u,
		maxRX: len(u.meta) / 2,
		maxTX: mtu + link.EthernetHeaderLen,
	}
}

// ID returns the number of the queue on its interface.
func (q *Queue) ID() int { return q.id }

// Alloc takes free frames for sending.
func (q *Queue) Alloc(f []link.Frame) int {
	open := q.guard.enter()
	defer q.guard.leave(open)
	if !open {
		return 0
	}
	if len(q.umem.free) < len(f) {
		q.reap()
	}
	n := min(len(f), len(q.umem.free))
	for k := range f[:n] {
		i := q.umem.take(stateHeld)
		f[k] = q.umem.hand(i, uint64(i)<<q.umem.shift+headroom, 0)
	}
	q.short.alloc = n < len(f)
	return n
}

// Free gives held frames back. A frame that the caller does not hold, such as one freed twice, is refused and counted
// as NotHeld. Frames that are held when the device is closed may be freed after it.
func (q *Queue) Free(f []link.Frame) {
	open := q.guard.enter()
	defer q.guard.leave(open)
	for k := range f {
		i, ok := q.umem.held(&f[k])
		if !ok {
			q.stats.NotHeld++
			continue
		}
		q.umem.lent.held--
		q.umem.put(i)
	}
	if !open && q.umem.lent.held == 0 {
		// The munmap of a whole mapping of our own cannot fail, and there is no one to tell.
		_ = q.umem.unmap()
	}
}

// close ends the queue. Frames that the caller holds stay readable until they are freed.
func (q *Queue) close() error {
	if open := q.guard.enter(); !open {
		q.guard.leave(false)
		return nil
	}
	defer q.guard.leave(false)
	q.readStatistics()
	err := q.xsk.close()
	q.umem.recall()
	q.owed, q.short = false, short{}
	if q.umem.lent.held == 0 {
		err = errors.Join(err, q.umem.unmap())
	}
	return err
}
