package netstack

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// testClock is a clock over a time that the test sets.
func testClock(sooner func()) (*clock, *time.Time) {
	now := time.Unix(1_000_000_000, 0)
	if sooner == nil {
		sooner = func() {}
	}
	return newClock(func() time.Time { return now }, sooner), &now
}

func TestClockOrder(t *testing.T) {
	c, now := testClock(nil)
	rng := rand.New(rand.NewPCG(1, 2))
	var ran []time.Duration
	want := make(map[int]time.Duration)
	timers := make([]interface {
		Stop() bool
		Reset(time.Duration)
	}, 1000)
	for i := range timers {
		d := time.Duration(rng.IntN(100)) * time.Millisecond
		want[i] = d
		timers[i] = c.AfterFunc(d, func() { ran = append(ran, want[i]) })
	}
	for range 2000 {
		i := rng.IntN(len(timers))
		if rng.IntN(2) == 0 {
			_, set := want[i]
			if got := timers[i].Stop(); got != set {
				t.Fatalf("stop is %v for a timer that is set: %v", got, set)
			}
			delete(want, i)
		} else {
			want[i] = time.Duration(rng.IntN(100)) * time.Millisecond
			timers[i].Reset(want[i])
		}
	}
	for range 101 {
		c.refresh()
		for c.run(7) > 0 {
		}
		if first := c.first(); !first.IsZero() && !first.After(*now) {
			t.Fatalf("first is %v, the time %v", first, *now)
		}
		*now = now.Add(time.Millisecond)
	}
	if !slices.IsSorted(ran) || len(ran) != len(want) || c.pending() != 0 || !c.first().IsZero() {
		t.Errorf("%d of %d ran, sorted %v, %d are set", len(ran), len(want), slices.IsSorted(ran), c.pending())
	}
}

// TestClockReset: a timer that sets itself anew runs in the next run, not for ever in this one.
func TestClockReset(t *testing.T) {
	c, now := testClock(nil)
	ran := 0
	var self interface{ Reset(time.Duration) }
	self = c.AfterFunc(time.Second, func() { ran++; self.Reset(time.Second) })
	for range 3 {
		*now = now.Add(time.Second)
		c.refresh()
		if n := c.run(100); n != 1 {
			t.Fatalf("ran %d", n)
		}
	}
	if ran != 3 {
		t.Errorf("ran %d times", ran)
	}
}

func TestClockStands(t *testing.T) {
	c, now := testClock(nil)
	was := c.NowMonotonic()
	*now = now.Add(time.Second)
	if c.NowMonotonic() != was {
		t.Error("time moves without a refresh")
	}
	c.refresh()
	if d := c.NowMonotonic().Sub(was); d != time.Second {
		t.Errorf("moved by %v", d)
	}
	*now = now.Add(-time.Minute)
	c.refresh()
	if d := c.NowMonotonic().Sub(was); d != time.Second {
		t.Errorf("went back to %v", d)
	}
	if c.Now().Sub(*now) != time.Minute {
		t.Errorf("now is %v", c.Now())
	}
}

// TestClockSooner: a sleeper is told of a new first timer, and of no other.
func TestClockSooner(t *testing.T) {
	told := 0
	c, _ := testClock(func() { told++ })
	for i, step := range []struct {
		d    time.Duration
		want int
	}{{time.Second, 1}, {2 * time.Second, 1}, {time.Second, 1}, {time.Millisecond, 2}, {-1, 3}} {
		c.AfterFunc(step.d, func() {})
		if told != step.want {
			t.Errorf("step %d: told %d times, want %d", i, told, step.want)
		}
	}
}

// TestClockGoroutines: other goroutines set and stop timers while the poller runs them.
func TestClockGoroutines(t *testing.T) {
	c := newClock(nil, func() {})
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 1000 {
				x := c.AfterFunc(time.Duration(i%3)*time.Microsecond, func() {})
				c.NowMonotonic()
				if i%2 == 0 {
					x.Stop()
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for end := false; !end; {
		select {
		case <-done:
			end = true
		default:
		}
		c.refresh()
		c.run(10)
	}
	for c.pending() > 0 {
		c.refresh()
		c.run(1000)
	}
}
