package libos

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

// heap is a Memory on the Go heap that counts references.
type heap struct {
	last Handle
	refs map[Handle]int
}

func (m *heap) Alloc(size int) (Segment, error) {
	m.last++
	m.refs[m.last] = 1
	return Segment{Data: make([]byte, size), Handle: m.last}, nil
}

func (m *heap) Retain(h Handle) error {
	if m.refs[h] == 0 {
		return syscall.EINVAL
	}
	m.refs[h]++
	return nil
}

func (m *heap) Release(h Handle) error {
	if m.refs[h] == 0 {
		return syscall.EINVAL
	}
	if m.refs[h]--; m.refs[h] == 0 {
		delete(m.refs, h)
	}
	return nil
}

func (*heap) Describe(Handle) string { return "the allocation" }

func (m *heap) Close() error {
	if len(m.refs) > 0 {
		return errors.New("memory is held")
	}
	return nil
}

// device is an engine whose sleep the test decides.
type device struct {
	fd     int
	next   func() time.Time
	awake  bool // Arm reports false
	polls  int
	arms   int
	onPoll func()
	onArm  func()
	closes int
}

func (d *device) Poll() bool {
	d.polls++
	if d.onPoll != nil {
		d.onPoll()
	}
	return false
}

func (d *device) Arm() (int, time.Time, bool) {
	d.arms++
	if d.onArm != nil {
		d.onArm()
	}
	var next time.Time
	if d.next != nil {
		next = d.next()
	}
	return d.fd, next, !d.awake
}

func (d *device) Close() error { d.closes++; return nil }

// holder keeps every operation until the test completes it. It stands for a socket where one is needed.
type holder struct {
	Socket
	ops     OpList
	slow    bool // Close waits for the test, also when cancelled
	closed  bool
	cancels int
}

func (q *holder) Push(op *Op, _ SGArray) error           { q.ops.PushBack(op); return nil }
func (q *holder) Pop(op *Op) error                       { q.ops.PushBack(op); return nil }
func (q *holder) Accept(op *Op) error                    { q.ops.PushBack(op); return nil }
func (q *holder) Connect(op *Op, _ netip.AddrPort) error { q.ops.PushBack(op); return nil }

func (q *holder) Close(op *Op) error {
	q.closed = true
	FailAll(syscall.ECANCELED, &q.ops)
	if q.slow {
		q.ops.PushBack(op)
		return nil
	}
	op.Complete()
	return nil
}

func (q *holder) Cancel(op *Op) {
	q.cancels++
	if op.Opcode() != OpClose {
		op.Fail(syscall.ECANCELED)
	}
}

func start(t testing.TB, o Options, engines ...Engine) (*Runtime, *heap) {
	t.Helper()
	m := &heap{refs: map[Handle]int{}}
	o.Memory = m
	rt, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range engines {
		rt.Add(e)
	}
	t.Cleanup(func() {
		if err := rt.Close(); err != nil {
			t.Error(err)
		}
	})
	return rt, m
}

func insert(t testing.TB, rt *Runtime, q Queue) QD {
	t.Helper()
	qd, err := rt.Insert(q)
	if err != nil {
		t.Fatal(err)
	}
	return qd
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
