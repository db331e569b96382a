package netstack

import (
	"runtime"
	"slices"
	"time"
)

const (
	// maxTimers bounds the timers that one round runs.
	maxTimers = 1024
	// maxUnserved is how many rounds an acknowledgment waits for a service that has results to take.
	maxUnserved = 32
	// yieldEvery is how many rounds pass between two yields, so that goroutines of the stack that were woken outside a
	// round are not starved by a runtime that spins. TCP that is processed inline needs them only where a segment comes
	// together with the end of a handshake, or after the end of a connection.
	yieldEvery = 32
	// recheckFast and recheckSlow: see nextCheck.
	recheckFast = time.Millisecond
	recheckSlow = 250 * time.Millisecond
	// A device without a descriptor to wait on is polled for napAfter after a frame, and then looked at after a part of the time
	// for which nothing has come: what comes late waits little longer for that, and a runtime that rests takes little of its core.
	// napAfter is more than any nap, or two runtimes that answer each other would nap in turns.
	napAfter = 2 * time.Millisecond
	napPart  = 16
	longNap  = time.Millisecond
)

// Poll implements libos.Engine.
func (e *Engine) Poll() (progress bool) {
	if e.closed {
		return false
	}
	e.waker.disarm()
	if e.tcp != nil && e.served() {
		e.tcp.Finish()
	}
	sent := e.link.Flush()
	e.clock.refresh()
	timers := e.clock.run(maxTimers)
	received := e.receive()
	busy := sent > 0 || timers > 0 || received > 0
	if e.tcp != nil {
		busy = e.tcp.Process() > 0 || busy
	}
	e.idle++
	if (busy || e.turn) && e.tcp == nil || e.idle%yieldEvery == 0 {
		// Processors that were woken stand on this P's run queue: they run now.
		runtime.Gosched()
	}
	advanced := e.advance()
	if e.lost {
		advanced = e.lose() || advanced
	}
	sent = e.link.Flush()
	e.turn = false
	return busy || advanced || sent > 0
}

// served reports whether the service has had its turn with all that came. A service that leaves results for long, since it
// waits for others, must not keep peers from their acknowledgments.
func (e *Engine) served() bool {
	if e.cfg.Completed == nil || !e.tcp.Owing() || e.cfg.Completed() == 0 || e.unserved == maxUnserved {
		e.unserved = 0
		return true
	}
	e.unserved++
	return false
}

// receive takes at most cfg.Burst frames.
func (e *Engine) receive() (n int) {
	for n < e.cfg.Burst {
		// An error is the state of the device: what came with it was delivered, and the next round asks again.
		k, err := e.link.Poll(e.cfg.Burst - n)
		e.look(err)
		n += k
		if k == 0 || err != nil {
			break
		}
	}
	if n > 0 {
		e.rxAt = e.clock.now.Load()
	}
	return n
}

// advance tries the operations of the sockets that became ready, and reports whether any completed or moved.
func (e *Engine) advance() (progress bool) {
	e.work = e.work[:0]
	if e.someReady.Load() {
		e.readyMu.Lock()
		e.work, e.ready = e.ready, e.work
		e.someReady.Store(false)
		e.readyMu.Unlock()
	}
	for i, s := range e.work {
		e.work[i] = nil
		s.queued.Store(false) // before looking: what happens from now on queues it again
		if s.impl.advance() {
			progress = true
		}
	}
	if len(e.retry) > 0 {
		again := e.retry
		e.retry = e.retried[:0]
		for i, s := range again {
			again[i] = nil
			s.retrying = false
			if s.impl.advance() {
				progress = true
			}
		}
		e.retried = again
	}
	if len(e.lingered) > 0 {
		e.lingered = slices.DeleteFunc(e.lingered, func(s *stream) bool {
			if !s.gone && (s.torn > 0 || s.delivered()) && s.checkClosed() {
				progress = true
			}
			return s.gone
		})
	}
	return progress
}

// Arm implements libos.Engine.
func (e *Engine) Arm() (fd int, next time.Time, ok bool) {
	if e.closed {
		return -1, time.Time{}, true
	}
	e.waker.arm()
	dev, ok := e.link.Arm()
	polled := dev < 0
	idle := time.Duration(e.clock.now.Load() - e.rxAt)
	if polled {
		ok = idle >= napAfter
	} else {
		ok = ok && e.waker.watch(dev) == nil
	}
	if !ok || e.pending() {
		e.waker.disarm()
		return -1, time.Time{}, false
	}
	next = e.clock.first()
	if polled {
		if nap := e.clock.Now().Add(min(idle/napPart, longNap)); next.IsZero() || nap.Before(next) {
			next = nap
		}
	}
	if look := e.clock.Now().Add(lookEvery); !e.lost && (next.IsZero() || look.Before(next)) {
		next = look
	}
	if check := e.nextCheck(); !check.IsZero() && (next.IsZero() || check.Before(next)) {
		next = check
	}
	return e.waker.epoll, next, true
}

// pending reports whether Poll could make progress now. It is looked at after arming: whatever comes later finds the
// engine armed, and wakes it.
func (e *Engine) pending() bool {
	return e.someReady.Load() || e.link.Pending() || e.tcp != nil && (e.tcp.Pending() || e.tcp.Owing())
}

// nextCheck returns when to look at closing connections again. The stack says nothing when a FIN is acknowledged and the
// peer's has not come (FIN_WAIT_1 to FIN_WAIT_2), and a processor may do that step after the engine has gone to sleep.
func (e *Engine) nextCheck() time.Time {
	if len(e.lingered) == 0 {
		return time.Time{}
	}
	after := recheckSlow
	if e.clock.now.Load()-e.rxAt < int64(recheckSlow) {
		after = recheckFast
	}
	return e.clock.Now().Add(after)
}

// called is the first thing that each call of the service does. After a turn of the service that took long, timers must
// not start in the past.
func (e *Engine) called() {
	if !e.turn {
		e.turn = true
		e.clock.refresh()
	}
}

// becameReady puts s on the ready list. Any goroutine may call it, with locks of the stack held.
func (e *Engine) becameReady(s *socket) {
	if s.queued.Swap(true) {
		return
	}
	e.readyMu.Lock()
	e.ready = append(e.ready, s)
	e.someReady.Store(true)
	e.readyMu.Unlock()
	e.waker.wake()
}

// again puts s on the list of sockets that each round tries.
func (e *Engine) again(s *socket) {
	if !s.retrying {
		s.retrying = true
		e.retry = append(e.retry, s)
	}
}
