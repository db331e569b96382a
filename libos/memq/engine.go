package memq

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

const (
	// DefaultCapacity is the capacity, in messages, of a queue that asks for 0.
	DefaultCapacity = 1024
	// MaxCapacity is the largest capacity of a queue, in messages.
	MaxCapacity = 1 << 20
)

// Engine implements libos.Engine. One serves all memory queues of a runtime.
type Engine struct {
	mem     libos.Memory
	queues  []*Queue // those that may hold something
	starved []*Queue // longest first
	closed  bool
}

var _ libos.Engine = (*Engine)(nil)

// New returns an engine without queues that copies messages into mem, the memory of its runtime.
func New(mem libos.Memory) *Engine { return &Engine{mem: mem} }

// Queue makes a queue that holds up to capacity messages; 0 stands for DefaultCapacity. The service gives it a descriptor
// with Runtime.Insert. Errors: EINVAL for a capacity under 0 or over MaxCapacity, EBADF after Close.
func (e *Engine) Queue(capacity int) (*Queue, error) {
	if e.closed {
		return nil, fmt.Errorf("make memory queue: %w (%w)", net.ErrClosed, syscall.EBADF)
	}
	if capacity < 0 || capacity > MaxCapacity {
		return nil, fmt.Errorf("make memory queue: capacity of %d messages is not between 0 and %d: %w",
			capacity, MaxCapacity, syscall.EINVAL)
	}
	if capacity == 0 {
		capacity = DefaultCapacity
	}
	return &Queue{e: e, capacity: capacity, index: -1}, nil
}

// Poll implements libos.Engine: it tries starved queues again.
func (e *Engine) Poll() (progress bool) {
	for i := 0; i < len(e.starved); {
		q := e.starved[i]
		if q.advance() {
			progress = true
		}
		if q.starved {
			i++
		}
	}
	return progress
}

// Arm implements libos.Engine. Starved queues do not keep the runtime awake: while it sleeps nobody frees memory, and after
// an engine has made progress, as by freeing some, all are polled again.
func (e *Engine) Arm() (fd int, next time.Time, ok bool) { return -1, time.Time{}, true }

// Close implements libos.Engine. It is idempotent.
func (e *Engine) Close() error {
	e.closed = true
	var errs []error
	for len(e.queues) > 0 {
		errs = append(errs, e.queues[len(e.queues)-1].end())
	}
	return errors.Join(errs...)
}

// hold makes the engine end q when it is closed.
func (e *Engine) hold(q *Queue) {
	if q.index < 0 {
		q.index = len(e.queues)
		e.queues = append(e.queues, q)
	}
}

func (e *Engine) letGo(q *Queue) {
	if q.index < 0 {
		return
	}
	n := len(e.queues) - 1
	last := e.queues[n]
	e.queues[q.index], last.index = last, q.index
	e.queues[n] = nil
	e.queues = e.queues[:n]
	q.index = -1
}

func (e *Engine) setStarved(q *Queue, starved bool) {
	if q.starved == starved {
		return
	}
	q.starved = starved
	if starved {
		e.starved = append(e.starved, q)
		return
	}
	i := slices.Index(e.starved, q)
	e.starved = slices.Delete(e.starved, i, i+1)
}
