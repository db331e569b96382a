package memq

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// Queue implements libos.Queue: a FIFO of messages.
type Queue struct {
	e        *Engine
	capacity int
	index    int // in Engine.queues, -1 if not there
	starved  bool
	closed   bool
	ring     ring
	pushes   libos.OpList // waiting for room or memory
	pops     libos.OpList
}

var _ libos.Queue = (*Queue)(nil)

// Push implements libos.Queue. A message larger than all the memory of the runtime fails with EMSGSIZE.
func (q *Queue) Push(op *libos.Op, _ libos.SGArray) error { return q.start(op, &q.pushes) }

// Pop implements libos.Queue.
func (q *Queue) Pop(op *libos.Op) error { return q.start(op, &q.pops) }

func (q *Queue) start(op *libos.Op, list *libos.OpList) error {
	if q.closed || q.e.closed {
		return syscall.EBADF
	}
	q.e.hold(q)
	list.PushBack(op)
	q.advance()
	return nil
}

// Close implements libos.Queue.
func (q *Queue) Close(op *libos.Op) error {
	if err := q.end(); err != nil {
		op.Fail(err)
		return nil
	}
	op.Complete()
	return nil
}

// Cancel implements libos.Queue.
func (q *Queue) Cancel(op *libos.Op) {
	op.Fail(syscall.ECANCELED)
	// It may have been a push that finds no memory, with smaller ones behind it.
	q.advance()
}

// advance moves messages from pushes to the ring and from the ring to pops as far as they go.
func (q *Queue) advance() (progress bool) {
	for {
		if pop := q.pops.Front(); pop != nil && q.ring.n > 0 {
			pop.CompletePop(libos.One(q.ring.get()), netip.AddrPort{})
			progress = true
			continue
		}
		push := q.pushes.Front()
		if push == nil || q.ring.n == q.capacity {
			q.e.setStarved(q, false)
			return progress
		}
		seg, err := q.e.mem.Alloc(push.SGA.Len())
		switch {
		case errors.Is(err, libos.ErrTooLarge):
			err = fmt.Errorf("%w (%v)", syscall.EMSGSIZE, err)
		case errors.Is(err, syscall.ENOMEM):
			q.e.setStarved(q, true)
			return progress
		}
		progress = true
		if err != nil {
			push.Fail(err)
			continue
		}
		push.SGA.CopyTo(seg.Data)
		q.ring.put(seg, q.capacity)
		push.CompletePush(libos.Buffered)
	}
}

// end cancels what is pending and releases what is queued.
func (q *Queue) end() error {
	q.closed = true
	libos.FailAll(syscall.ECANCELED, &q.pops, &q.pushes)
	q.e.setStarved(q, false)
	q.e.letGo(q)
	var errs []error
	for q.ring.n > 0 {
		errs = append(errs, q.e.mem.Release(q.ring.get().Handle))
	}
	q.ring = ring{}
	return errors.Join(errs...)
}
