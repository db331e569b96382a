package kernel

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// One turn of a socket ends after turnCalls system calls or turnBytes bytes, so that a peer that never stops does not
	// starve the others.
	turnCalls = 16
	turnBytes = 256 << 10

	// hungryRetry is how long a sleep lasts at most while pops wait for memory.
	hungryRetry = 5 * time.Millisecond
)

// A runList is a FIFO of sockets, linked through the sockets.
type runList struct {
	head, tail *socket
	n          int
}

func (l *runList) push(s *socket) {
	if s.queued {
		return
	}
	s.queued, s.next = true, nil
	if l.tail == nil {
		l.head = s
	} else {
		l.tail.next = s
	}
	l.tail = s
	l.n++
}

func (l *runList) pop() *socket {
	s := l.head
	if l.head = s.next; l.head == nil {
		l.tail = nil
	}
	s.queued, s.next = false, nil
	l.n--
	return s
}

// Poll asks epoll what has become ready and gives every socket with work to do one bounded turn. While no operation is
// pending it makes no system call: events keep in the kernel.
func (e *Engine) Poll() (progress bool) {
	if e.ep < 0 || e.idle() {
		return false
	}
	e.moved, e.starved = false, false
	for e.hungry.n > 0 {
		e.run.push(e.hungry.pop())
	}
	e.harvest()
	for n := min(e.run.n, len(e.events)); n > 0; n-- {
		s := e.run.pop()
		s.turn()
		e.schedule(s)
	}
	return e.moved
}

// idle reports whether no event and no turn could change anything.
func (e *Engine) idle() bool {
	return e.pending == 0 && e.lingering == 0 && e.run.n == 0 && e.hungry.n == 0
}

// harvest takes events from epoll and reports whether there may be more.
func (e *Engine) harvest() bool {
	n, errno := epollWait(e.ep, e.events)
	e.stats.Waits++
	if errno != 0 {
		return errno == unix.EINTR // nothing else can happen to a descriptor and an array of our own
	}
	e.stats.Events += uint64(n)
	for i := range e.events[:n] {
		ev := &e.events[i]
		sl := e.slots[ev.Fd]
		if sl.s != nil && sl.gen == uint32(ev.Pad) {
			sl.s.note(ev.Events) // may close it
			e.schedule(sl.s)
		}
	}
	return n == len(e.events)
}

// schedule puts a socket that has work to do at the back of the list.
func (e *Engine) schedule(s *socket) {
	switch {
	case !s.hasWork():
	case s.hungry:
		e.hungry.push(s)
	default:
		e.run.push(s)
	}
}

// Arm returns the epoll descriptor. It reports false while sockets have work to do. Pops that wait for memory set a short
// timer: memory is freed by the owner of the runtime, who is asleep, or by another engine, which does not tell this one.
func (e *Engine) Arm() (fd int, next time.Time, ok bool) {
	if e.run.n > 0 || e.ep < 0 {
		return -1, next, false
	}
	if e.idle() {
		// Poll has left the events in the kernel; they must not end a sleep now.
		for e.harvest() {
		}
	}
	if e.hungry.n > 0 {
		next = time.Now().Add(hungryRetry)
	}
	return e.ep, next, true
}
