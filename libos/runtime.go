package libos

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// Idle is what a wait call does while nothing moves.
type Idle uint8

const (
	Adaptive Idle = iota // poll for Options.Spin, then sleep until a descriptor or a timer wakes: the default
	Spin                 // poll for ever: lowest latency, one core
	Block                // sleep at once
)

// Options configure a Runtime. The zero value of each field but Memory stands for its default.
type Options struct {
	Memory Memory // required; the runtime closes it
	Idle   Idle
	// Spin is how long Adaptive polls after the last progress before it sleeps. Default 50 microseconds.
	Spin time.Duration
	// Now is the clock for timeouts. Default time.Now. With another clock, such as a virtual one, wait calls never
	// sleep, since nobody could wake them when that clock moves.
	Now func() time.Time
	// MaxQueues bounds the descriptors that are open at once. Default 1,048,576.
	MaxQueues int
	// MaxTokens bounds the operations that are outstanding or not yet waited for. Default 4,194,304.
	MaxTokens int
	// Misuse receives reports of the checks of -tags catdebug and -race. Default: panic.
	Misuse func(report string)
}

// A Runtime is one instance of the library OS. One goroutine owns it and makes all calls, with the one exception of
// Interrupt.
type Runtime struct {
	mem     Memory
	engines []Engine
	queues  table[descriptor]
	ops     table[Op]
	seq     uint64 // operations issued

	maxTokens   int
	outstanding int    // issued and not completed
	orphans     int    // of those, the ones that nobody waits for
	ready       OpList // completed and not waited for, in completion order

	// One wait call at a time: completions of operations with this epoch, or of all, count down missing.
	epoch   uint64
	waitAll bool
	missing int
	hit     *Op // the first that counted

	idle        Idle
	spin        time.Duration
	now         func() time.Time
	virtual     bool
	sleeper     sleeper
	interrupted atomic.Bool
	closed      bool
	misuse      func(string)
	guard       guard
}

type descriptor struct {
	q Queue
}

// New makes a runtime without engines. It takes the memory over, also when it fails.
func New(o Options) (*Runtime, error) {
	if o.Memory == nil {
		return nil, fmt.Errorf("open runtime: Options.Memory is nil: %w", syscall.EINVAL)
	}
	if o.Spin == 0 {
		o.Spin = 50 * time.Microsecond
	}
	if o.MaxQueues == 0 {
		o.MaxQueues = 1 << 20
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 1 << 22
	}
	const most = slotMask + 1
	if o.Idle > Block || o.Spin < 0 || o.MaxQueues < 0 || o.MaxQueues > most || o.MaxTokens < 0 || o.MaxTokens > most {
		err := fmt.Errorf("open runtime: idle %d, spin %v, %d queues or %d tokens out of range: %w",
			o.Idle, o.Spin, o.MaxQueues, o.MaxTokens, syscall.EINVAL)
		return nil, errors.Join(err, o.Memory.Close())
	}
	rt := &Runtime{mem: o.Memory, idle: o.Idle, spin: o.Spin, now: o.Now, misuse: o.Misuse}
	rt.queues.max, rt.ops.max, rt.maxTokens = o.MaxQueues, most, o.MaxTokens
	if rt.virtual = o.Now != nil; !rt.virtual {
		rt.now = time.Now
	}
	if rt.misuse == nil {
		rt.misuse = func(report string) { panic(report) }
	}
	if err := rt.sleeper.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open runtime: %w", err), o.Memory.Close())
	}
	return rt, nil
}

// Add gives an engine to the runtime, which closes it.
func (rt *Runtime) Add(e Engine) { rt.engines = append(rt.engines, e) }

// Memory returns the runtime's memory, for engines.
func (rt *Runtime) Memory() Memory { return rt.mem }

// Completed returns how many operations have completed whose results nobody has taken yet, for engines.
func (rt *Runtime) Completed() int { return rt.ready.Len() }

// Insert gives a queue a descriptor. Errors: EMFILE when Options.MaxQueues are open, EBADF after Close. The queue is then
// still the caller's.
func (rt *Runtime) Insert(q Queue) (QD, error) {
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	if rt.closed {
		return 0, opErr("queue", 0, errClosed)
	}
	qd, err := rt.insert(q)
	if err != nil {
		return 0, opErr("queue", 0, err)
	}
	return qd, nil
}

func (rt *Runtime) insert(q Queue) (QD, error) {
	name, d := rt.queues.take()
	if d == nil {
		return 0, syscall.EMFILE
	}
	d.q = q
	return QD(name), nil
}

// Interrupt makes the wait call that is running, or else the next one, return EINTR. It may be called from any
// goroutine, at any time, also after Close.
func (rt *Runtime) Interrupt() {
	rt.interrupted.Store(true)
	rt.sleeper.wake()
}

// Close ends every connection at once, closes the engines and releases everything, results that nobody waited for
// included. Memory of the runtime that the service still holds becomes invalid. To deliver what is unsent, Close the
// descriptors and wait for those tokens first. Close is idempotent. Under -tags catdebug and -race its error lists the
// memory that was not freed.
func (rt *Runtime) Close() error {
	if rt.closed {
		return nil
	}
	if checks {
		rt.guard.enter()
		defer rt.guard.exit()
	}
	rt.closed = true
	rt.queues.each(func(name uint64, d *descriptor) {
		q := d.q
		rt.queues.drop(name)
		rt.abandon(q)
	})
	var errs []error
	for i := len(rt.engines) - 1; i >= 0; i-- {
		errs = append(errs, rt.engines[i].Close())
	}
	// What completed meanwhile: popped memory goes back, accepted connections have been closed with the descriptors
	// or with their engine.
	for op := rt.ready.Front(); op != nil; op = rt.ready.Front() {
		rt.release(&op.res.SGA)
		rt.consume(op)
	}
	if rt.outstanding > 0 {
		errs = append(errs, fmt.Errorf("close runtime: %d operations never completed", rt.outstanding))
	}
	errs = append(errs, rt.mem.Close(), rt.sleeper.close())
	return errors.Join(errs...)
}

// abandon closes a queue that has no descriptor, at once. Nobody waits for it.
func (rt *Runtime) abandon(q Queue) {
	op := rt.start(OpClose, 0, q)
	if op == nil {
		return // not even a slot: the engine's Close ends it
	}
	op.orphan = true
	rt.orphans++
	name := uint64(op.res.QT)
	if q.Close(op) != nil {
		rt.refused(op)
		return
	}
	if rt.ops.get(name) != nil {
		q.Cancel(op)
	}
}

// issue takes an operation out of the token table. ENOBUFS: Options.MaxTokens are in use.
func (rt *Runtime) issue(code Opcode, qd QD, q Queue) (*Op, error) {
	if rt.ops.live-rt.orphans >= rt.maxTokens {
		return nil, syscall.ENOBUFS
	}
	if op := rt.start(code, qd, q); op != nil {
		return op, nil
	}
	return nil, syscall.ENOBUFS
}

// start is issue beyond Options.MaxTokens. Nil: the table has no slot.
func (rt *Runtime) start(code Opcode, qd QD, q Queue) *Op {
	name, op := rt.ops.take()
	if op == nil {
		return nil
	}
	rt.seq++
	op.rt, op.q, op.seq = rt, q, rt.seq
	op.res.QT, op.res.QD, op.res.Opcode = QToken(name), qd, code
	rt.outstanding++
	return op
}

// consume takes a completed operation off the ready list and out of the token table.
func (rt *Runtime) consume(op *Op) {
	rt.ready.Remove(op)
	rt.discard(op)
}

// discard gives the slot of an operation back.
func (rt *Runtime) discard(op *Op) { rt.ops.drop(uint64(op.res.QT)) }

func (rt *Runtime) retain(s *SGArray) error {
	for i := range s.NumSegs() {
		h := s.Seg(i).Handle
		if h == 0 {
			continue
		}
		if err := rt.mem.Retain(h); err != nil {
			for j := range i {
				if h := s.Seg(j).Handle; h != 0 {
					rt.mustRelease(h)
				}
			}
			return err
		}
	}
	return nil
}

func (rt *Runtime) release(s *SGArray) {
	for i := range s.NumSegs() {
		if h := s.Seg(i).Handle; h != 0 {
			rt.mustRelease(h)
		}
	}
}

// mustRelease drops a reference that the runtime itself holds: the handle cannot be stale unless the runtime is wrong.
func (rt *Runtime) mustRelease(h Handle) {
	if err := rt.mem.Release(h); err != nil {
		panic(fmt.Sprintf("libos: release of a held reference: %v", err))
	}
}

// reportLent reports that the memory of a push was written before the push completed.
func (rt *Runtime) reportLent(op *Op) {
	report := fmt.Sprintf("libos: memory was written while it was lent to push %v on qd %v", op.res.QT, op.res.QD)
	for i := range op.SGA.NumSegs() {
		if h := op.SGA.Seg(i).Handle; h != 0 {
			report += "\n" + rt.mem.Describe(h)
		}
	}
	rt.misuse(report)
}

func (rt *Runtime) lookup(call string, qd QD) (Queue, error) {
	if rt.closed {
		return nil, opErr(call, qd, errClosed)
	}
	d := rt.queues.get(uint64(qd))
	if d == nil {
		return nil, opErr(call, qd, syscall.EBADF)
	}
	return d.q, nil
}

// errClosed is both net.ErrClosed and EBADF.
var errClosed = fmt.Errorf("runtime: %w (%w)", net.ErrClosed, syscall.EBADF)
