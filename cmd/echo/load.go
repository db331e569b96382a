package main

import (
	"errors"
	"math"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/catamaran-os/catamaran/api"
)

const (
	maxFlights   = 1024                   // requests in flight on a connection; an open loop that is late waits, and is measured so
	datagramRead = 4                      // pops outstanding on a datagram socket
	tick         = 100 * time.Millisecond // for timeouts and progress
	maxLatency   = 7 * 24 * time.Hour     // an open loop that is late adds up; beyond, it is an error
)

// A load sends requests and checks replies. In the closed loop each connection has one request in flight. In the open
// loop request k is due at start + k/rate, whatever the server does, and its latency counts from then: a server that
// stalls is charged for every request that it kept waiting (no coordinated omission). Requests that were due and still
// could not be sent when the duration was over are counted as unsent.
type load struct {
	rt       *api.Runtime
	o        *clientOptions
	signals  *atomic.Int32
	progress *progress
	payloads *payloads
	conns    []client
	byQD     map[api.QD]*client
	live     int // connections that have not failed
	flights  int // requests in flight on all connections
	room     int // requests that may be in flight on one
	closed   int // closes that have completed
	results  [64]api.QResult

	start, end, ended time.Time // end: no request after it; zero with a count
	sent              uint64
	next              int // connection that the open loop tries next

	done, errors, mismatches uint64
	mallocs                  uint64
	first                    error
	latency                  *hdr.Histogram // nanoseconds
}

func newLoad(rt *api.Runtime, o *clientOptions, signals *atomic.Int32) *load {
	room := maxFlights
	if o.proto == "udp" && o.size == 1 {
		room = 1 << 7 // of the 256 request numbers that fit, so that two in flight never share one
	}
	return &load{
		room: room, rt: rt, o: o, signals: signals, payloads: newPayloads(o.size),
		conns: make([]client, o.conns), byQD: make(map[api.QD]*client, o.conns), live: o.conns,
		latency: hdr.New(1, int64(maxLatency), 3),
	}
}

// run ends when all requests are answered or given up, at the end of the duration, or at a signal.
func (l *load) run() error {
	defer l.progress.erase()
	before := mallocs()
	defer func() { l.mallocs = mallocs() - before }()
	l.start = time.Now()
	if l.o.duration > 0 {
		l.end = l.start.Add(l.o.duration)
	}
	for i := range l.conns {
		l.startPops(&l.conns[i])
		if l.o.rate == 0 {
			l.sendNext(&l.conns[i])
		}
	}
	now := l.start
	nextTick := now.Add(tick)
	for over := false; ; {
		if l.o.rate > 0 && !over {
			over = !l.end.IsZero() && !now.Before(l.end) // what came due just before the end is sent, too
			l.sendDue(now)
		}
		if l.live == 0 || l.flights == 0 && !l.more(now) || l.signals.Load() > 0 {
			break
		}
		n, err := l.rt.WaitNext(l.results[:], max(0, l.nextEvent(now, nextTick).Sub(now)))
		if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		for i := range l.results[:n] {
			l.handle(&l.results[i])
			l.results[i] = api.QResult{}
		}
		if now = time.Now(); !now.Before(nextTick) {
			nextTick = now.Add(tick)
			l.expire(now)
			l.progress.show(l, now)
		}
	}
	l.ended = time.Now()
	return nil
}

// more reports whether requests are left to send.
func (l *load) more(now time.Time) bool {
	if l.signals.Load() > 0 {
		return false
	}
	if l.o.count > 0 {
		return l.sent < l.o.count
	}
	return now.Before(l.end)
}

// due returns when the next request of the open loop has to be sent.
func (l *load) due() time.Time {
	return l.start.Add(time.Duration(float64(l.sent) * float64(time.Second) / l.o.rate))
}

// nextEvent is when something has to be done though nothing completes.
func (l *load) nextEvent(now, nextTick time.Time) time.Time {
	at := nextTick
	if l.o.rate > 0 && l.more(now) {
		// A request that is due already waits for a connection with room, which a completion makes.
		if due := l.due(); due.After(now) && due.Before(at) {
			at = due
		}
	}
	if l.end.After(now) && l.end.Before(at) {
		at = l.end
	}
	return at
}

// unsent returns how many requests of the open loop were due before the end of the duration and found no room.
func (l *load) unsent() uint64 {
	if l.o.rate == 0 || l.o.duration == 0 || l.live == 0 || l.signals.Load() > 0 {
		return 0
	}
	due := uint64(math.Ceil(l.o.rate * l.o.duration.Seconds()))
	return due - min(due, l.sent)
}

// sendNext sends the next request of the closed loop.
func (l *load) sendNext(c *client) {
	if now := time.Now(); !c.closed && l.more(now) {
		l.send(c, now, now)
	}
}

// sendDue sends what is due in the open loop, over the connections in turn.
func (l *load) sendDue(now time.Time) {
	for full := 0; full < len(l.conns) && l.signals.Load() == 0 && (l.o.count == 0 || l.sent < l.o.count); {
		intended := l.due()
		if intended.After(now) || !l.end.IsZero() && !intended.Before(l.end) {
			return
		}
		c := &l.conns[l.next]
		l.next = (l.next + 1) % len(l.conns)
		if c.closed || len(c.flights) >= l.room {
			full++
			continue
		}
		full = 0
		l.send(c, intended, now)
	}
}

// finish takes the reply of a request into account.
func (l *load) finish(f flight, intact bool) {
	l.flights--
	l.done++
	if !intact {
		l.mismatches++
	}
	if err := l.latency.RecordValue(max(1, int64(time.Since(f.intended)))); err != nil {
		l.fail(1, err)
	}
}

// fail counts errors and keeps the first cause.
func (l *load) fail(n int, err error) {
	l.errors += uint64(n)
	if l.first == nil {
		l.first = err
	}
}
