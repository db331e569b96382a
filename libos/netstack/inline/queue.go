package inline

import (
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// Stats count what was processed.
type Stats struct {
	Segments  uint64 // of established connections
	Direct    uint64 // of these, the ones that went straight to the receiver
	Early     uint64 // packets that went past the stack's own network layer
	Sent      uint64 // segments that went past the stack's lower layers
	Deferred  uint64 // acknowledgments left to Finish
	AcksSaved uint64 // of these, the ones that were not needed: what the service sent carried them, or nothing was due
	Contended uint64 // times that an endpoint was locked by a goroutine of the stack, and was put off
	Resent    uint64 // segments sent again because segments sent later had arrived
	Probes    uint64 // last segments sent again because nothing came back
	Strays    uint64 // endpoints with segments in a state in which none can come, which were dropped
}

// A Queue holds the endpoints of one stack that have segments to process. The owner's goroutine calls Process and Finish.
type Queue struct {
	// Wake, if set, is called when an endpoint is queued, on any goroutine, with locks of the stack held.
	Wake func()
	// Write, if set, sends a frame, which is complete but for being in two parts, after all that was written before. It
	// reports false if the frame would have to wait. Without it, Send does nothing.
	Write func(head, body []byte) bool

	mu     sync.Mutex
	queued []*tcp.Endpoint
	some   atomic.Bool // queued is not empty

	sent, received *tcpip.StatCounter // segments of the stack
	work           []*tcp.Endpoint    // the other array for queued
	owed           []*tcp.Endpoint    // may owe an acknowledgment
	stats          Stats

	protocol *protocol
	flows    flows
	clock    tcpip.Clock
	flights  map[*tcp.Endpoint]*flight
	spare    []*flight // not in use
	offer    offer     // what Take is to take
	ack      segment   // see acknowledgment
	head     [maxHead]byte
}

const (
	// maxSegments is how many segments of an endpoint are processed before one is acknowledged: as many as gVisor's
	// processors take (tcp.maxSegmentsPerWake).
	maxSegments = 100
	// maxPasses bounds how often Process starts again for what was queued meanwhile, as by packets to an own address.
	maxPasses = 16
)

// add is called by any goroutine, mostly the owner's.
func (q *Queue) add(e *tcp.Endpoint) {
	q.mu.Lock()
	first := len(q.queued) == 0
	if first || q.queued[len(q.queued)-1] != e {
		q.queued = append(q.queued, e)
	}
	if first {
		q.some.Store(true)
	}
	q.mu.Unlock()
	if first && q.Wake != nil {
		q.Wake()
	}
}

// Pending reports whether Process has something to do. Any goroutine may call it.
func (q *Queue) Pending() bool { return q.some.Load() }

// Owing reports whether Finish has something to do.
func (q *Queue) Owing() bool { return len(q.owed) > 0 }

// Process processes the segments that are queued, and returns how many endpoints had any. No lock of the stack may be held.
func (q *Queue) Process() (n int) {
	for i := 0; i < maxPasses && q.some.Load(); i++ {
		q.mu.Lock()
		q.work, q.queued = q.queued, q.work[:0]
		q.some.Store(false)
		q.mu.Unlock()
		for i, e := range q.work {
			q.work[i] = nil
			q.handle(e)
		}
		n += len(q.work)
	}
	return n
}

// Finish sends the acknowledgments that nothing has carried since Process: the service has had its turn. It returns how
// many connections it looked at.
func (q *Queue) Finish() (n int) {
	if n = len(q.owed); n == 0 {
		return 0
	}
	for i, e := range q.owed {
		q.owed[i] = nil
		if q.settled(e) {
			q.stats.AcksSaved++
			continue
		}
		// Without segments left this only looks whether an acknowledgment is due, and restarts the keepalive timer. If a
		// goroutine of the stack has the lock, it is about to do the same.
		handleConnected(e)
	}
	q.stats.Deferred += uint64(n)
	q.owed = q.owed[:0]
	return n
}

// settled reports whether Finish has nothing to do for e: what it sent has acknowledged all.
func (q *Queue) settled(e *tcp.Endpoint) bool {
	if e.EndpointState() != tcp.StateEstablished || !empty(e) || e.SocketOptions().GetKeepAlive() || !e.TryLock() {
		return false
	}
	ok := receiverOf(e).RcvNxt == senderOf(e).MaxSentAck
	e.ResumeWork()
	return ok
}

// Stats returns the counters.
func (q *Queue) Stats() Stats { return q.stats }

// handle processes the segments of one endpoint.
func (q *Queue) handle(e *tcp.Endpoint) {
	// Each pass ends with nothing queued, with another state, or with the lock in other hands.
	for range 4 {
		if empty(e) {
			return
		}
		switch state := e.EndpointState(); state {
		case tcp.StateSynSent, tcp.StateSynRecv, tcp.StateConnecting:
			handleConnecting(e)
		case tcp.StateListen:
			handleListen(e)
		case tcp.StateTimeWait:
			handleTimeWait(e)
		case tcp.StateError, tcp.StateClose:
			q.ended(e)
		case tcp.StateInitial, tcp.StateBound:
			// Not registered with the demultiplexer, so nothing comes here.
			q.stats.Strays++
			discard(e)
		default:
			q.connection(e)
		}
	}
	if !empty(e) {
		q.stats.Contended++
		own(e)
		q.add(e)
	}
}

// connection processes segments, and leaves the acknowledgment of the last ones to Finish while neither end has closed.
func (q *Queue) connection(e *tcp.Endpoint) {
	if !e.TryLock() {
		return
	}
	una := senderOf(e).SndUna
	var err tcpip.Error
	for more, i := true, 0; more && err == nil && i < maxSegments && connected(e); i++ {
		if more, err = step(e); more {
			q.stats.Segments++
		}
	}
	switch state := e.EndpointState(); {
	case err != nil:
		resetConnectionLocked(e, err)
		fallthrough
	case state == tcp.StateClose:
		e.ResumeWork()
		drainClosingSegmentQueue(e)
		notify(e)
		return
	case connected(e):
		if una != senderOf(e).SndUna {
			confirm(e)
		}
		q.watch(e)
	}
	e.ResumeWork()
	if e.EndpointState() == tcp.StateEstablished {
		q.owe(e)
	} else {
		handleConnected(e) // acknowledges, and begins TIME_WAIT
	}
}

// owe has Finish look whether e is to acknowledge.
func (q *Queue) owe(e *tcp.Endpoint) {
	if len(q.owed) == 0 || q.owed[len(q.owed)-1] != e {
		q.owed = append(q.owed, e)
	}
}

// ended finds other endpoints for the segments of one that has ended, or answers them with a reset.
func (q *Queue) ended(e *tcp.Endpoint) {
	if !e.TryLock() {
		return
	}
	defer e.ResumeWork()
	if s := e.EndpointState(); s == tcp.StateError || s == tcp.StateClose {
		drainClosingSegmentQueue(e)
	}
}
