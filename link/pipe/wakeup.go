package pipe

import (
	"net"
	"sync/atomic"
)

// Reasons to wake a sleeping owner.
const (
	wakeRX uint32 = 1 << iota // frames arrived
	wakeTX                    // TxBurst was short and could take frames now
)

// A wakeup is the descriptor that a queue's owner sleeps on. It is created by the first arm, and written only when the
// owner is armed.
//
// The owner, the peer and Close use it at the same time, and a descriptor's number is used again as soon as it is
// closed. So its users are counted, and the last one out closes it.
type wakeup struct {
	armed atomic.Uint32 // reasons; set by the owner, cleared by whoever signals
	users atomic.Int64  // users inside, and closing
	event event         // created by the owner, inside enter and leave
}

// closing is added to users by close, once.
const closing = 1 << 32

func (w *wakeup) enter() bool {
	if w.users.Add(1) >= closing {
		w.leave()
		return false
	}
	return true
}

func (w *wakeup) leave() {
	// Whoever brings the count to closing is the last, and the only one: later users come and go above it, but find
	// the event already taken.
	if w.users.Add(-1) == closing {
		w.event.close()
	}
}

// arm clears the descriptor, creates it if there is none, and asks for a signal.
func (w *wakeup) arm(reasons uint32) (fd int, err error) {
	if !w.enter() {
		return -1, net.ErrClosed
	}
	defer w.leave()
	fd, err = w.event.reset()
	if err != nil {
		return -1, err
	}
	w.armed.Store(reasons)
	return fd, nil
}

func (w *wakeup) disarm() { w.armed.Store(0) }

// signal makes the descriptor readable if the owner is armed for one of the reasons. It tells whether it made a system
// call.
func (w *wakeup) signal(reasons uint32) (woken bool, err error) {
	if w.armed.Load()&reasons == 0 || w.armed.Swap(0) == 0 || !w.enter() {
		return false, nil
	}
	defer w.leave()
	return true, w.event.set()
}

func (w *wakeup) close() {
	w.users.Add(closing + 1)
	w.leave()
}
