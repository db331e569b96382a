package libostest

import (
	"net/netip"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// refQueues makes memory queues go on that waited for memory.
type refQueues struct{ queues []*refQueue }

func (g *refQueues) Poll() bool {
	for _, q := range g.queues {
		if q.pops.Len() > 0 {
			q.deliver()
		}
	}
	return false
}

func (g *refQueues) Arm() (int, time.Time, bool) { return -1, time.Time{}, false }

func (g *refQueues) Close() error { return nil }

// refQueue is a memory queue.
type refQueue struct {
	rt     *libos.Runtime
	msgs   [][]byte
	pops   libos.OpList
	faults *faults
}

func (q *refQueue) Push(op *libos.Op, sga libos.SGArray) error {
	data := append([]byte(nil), sga.Flat()...)
	q.faults.damage(&data)
	q.msgs = append(q.msgs, data)
	if q.faults.merge && len(q.msgs) > 1 {
		q.msgs = [][]byte{append(q.msgs[0], q.msgs[1]...)}
	}
	op.CompletePush(libos.Sent)
	q.deliver()
	return nil
}

func (q *refQueue) Pop(op *libos.Op) error {
	q.pops.PushBack(op)
	q.deliver()
	return nil
}

func (q *refQueue) deliver() {
	for q.pops.Len() > 0 && len(q.msgs) > 0 {
		seg, err := q.rt.Memory().Alloc(max(1, len(q.msgs[0])))
		if err != nil {
			return
		}
		seg.Data = seg.Data[:copy(seg.Data, q.msgs[0])]
		q.msgs = q.msgs[1:]
		q.pops.Front().CompletePop(libos.One(seg), netip.AddrPort{})
	}
}

func (q *refQueue) Close(op *libos.Op) error {
	libos.FailAll(syscall.ECANCELED, &q.pops)
	op.Complete()
	return nil
}

func (q *refQueue) Cancel(op *libos.Op) {
	if q.faults.cancelTakes {
		q.faults.swallow = true
	}
	op.Fail(syscall.ECANCELED)
}
