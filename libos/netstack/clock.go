package netstack

import (
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
)

// clock implements tcpip.Clock. Time stands still between refreshes, which the poller makes, and timers run only inside
// run, on the poller's goroutine. Goroutines of the stack may read the time and set and stop timers at any time.
type clock struct {
	read  func() time.Duration // since start
	start time.Time
	now   atomic.Int64 // nanoseconds since start, as of the last refresh

	mu     sync.Mutex
	timers []*timer     // a binary heap by due
	next   atomic.Int64 // due of the first timer, never if there is none; written under mu
	sooner func()       // called, without mu, when a new timer became the first
}

const never = int64(1<<63 - 1)

// origin keeps the monotonic time away from zero, which parts of the stack take for "not set".
const origin = time.Hour

type timer struct {
	c   *clock
	due int64 // nanoseconds since start
	at  int   // index in the heap, -1 when it is not set
	f   func()
}

// newClock returns a clock over now, or over the system's monotonic clock if now is nil.
func newClock(now func() time.Time, sooner func()) *clock {
	c := &clock{sooner: sooner}
	if now == nil {
		c.start = time.Now()
		c.read = func() time.Duration { return time.Since(c.start) }
	} else {
		c.start = now()
		c.read = func() time.Duration { return now().Sub(c.start) }
	}
	c.next.Store(never)
	return c
}

// Now implements tcpip.Clock.
func (c *clock) Now() time.Time { return c.start.Add(time.Duration(c.now.Load())) }

// NowMonotonic implements tcpip.Clock.
func (c *clock) NowMonotonic() tcpip.MonotonicTime {
	return tcpip.MonotonicTime{}.Add(origin + time.Duration(c.now.Load()))
}

// AfterFunc implements tcpip.Clock. f runs on the poller's goroutine.
func (c *clock) AfterFunc(d time.Duration, f func()) tcpip.Timer {
	t := &timer{c: c, f: f, at: -1}
	t.Reset(d)
	return t
}

// refresh reads the time. It never goes back.
func (c *clock) refresh() {
	if now := int64(c.read()); now > c.now.Load() {
		c.now.Store(now)
	}
}

// run runs at most limit timers that are due and returns how many it ran.
func (c *clock) run(limit int) (n int) {
	for n < limit && c.next.Load() <= c.now.Load() {
		c.mu.Lock()
		if len(c.timers) == 0 || c.timers[0].due > c.now.Load() {
			c.mu.Unlock()
			return n
		}
		t := c.timers[0]
		c.remove(t)
		c.mu.Unlock()
		t.f()
		n++
	}
	return n
}

// first returns when the first timer is due, the zero time if there is none.
func (c *clock) first() time.Time {
	due := c.next.Load()
	if due == never {
		return time.Time{}
	}
	return c.start.Add(time.Duration(due))
}

// Stop implements tcpip.Timer.
func (t *timer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if t.at < 0 {
		return false
	}
	t.c.remove(t)
	return true
}

// Reset implements tcpip.Timer.
func (t *timer) Reset(d time.Duration) {
	c := t.c
	c.mu.Lock()
	if t.at >= 0 {
		c.remove(t)
	}
	before := c.next.Load()
	t.due = c.now.Load() + max(int64(d), 0)
	t.at = len(c.timers)
	c.timers = append(c.timers, t)
	c.up(t.at)
	c.setNext()
	first := c.next.Load() < before
	c.mu.Unlock()
	if first {
		c.sooner()
	}
}

func (c *clock) setNext() {
	if len(c.timers) == 0 {
		c.next.Store(never)
	} else {
		c.next.Store(c.timers[0].due)
	}
}

// remove takes t out of the heap.
func (c *clock) remove(t *timer) {
	i, last := t.at, len(c.timers)-1
	c.place(c.timers[last], i)
	c.timers[last] = nil
	c.timers = c.timers[:last]
	if i < last {
		c.down(i)
		c.up(i)
	}
	t.at = -1
	c.setNext()
}

func (c *clock) place(t *timer, i int) {
	c.timers[i] = t
	t.at = i
}

func (c *clock) up(i int) {
	t := c.timers[i]
	for i > 0 {
		parent := (i - 1) / 2
		if c.timers[parent].due <= t.due {
			break
		}
		c.place(c.timers[parent], i)
		i = parent
	}
	c.place(t, i)
}

func (c *clock) down(i int) {
	t := c.timers[i]
	for {
		child := 2*i + 1
		if child >= len(c.timers) {
			break
		}
		if right := child + 1; right < len(c.timers) && c.timers[right].due < c.timers[child].due {
			child = right
		}
		if t.due <= c.timers[child].due {
			break
		}
		c.place(c.timers[child], i)
		i = child
	}
	c.place(t, i)
}

// pending returns how many timers are set.
func (c *clock) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}
