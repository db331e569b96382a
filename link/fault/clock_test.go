package fault

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// TestClockLeaps: a clock that leaps forward releases what is held back, in the order of the times that it was to go on.
func TestClockLeaps(t *testing.T) {
	both(t, Faults{Delay: 1, DelayMin: time.Millisecond, DelayMax: time.Hour, After: 1}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a", "b", "c")
		want(t, "arrived", x.receive(to), "a")
		at, ok := x.d.Next(0)
		if !ok {
			t.Fatal("nothing is held back")
		}
		x.at = at.Add(24 * time.Hour)
		x.send(from) // a burst, so that the sender releases
		got := x.receive(to)
		if got != "b c" && got != "c b" {
			t.Errorf("after the leap %q arrived", got)
		}
		want(t, "held", count().Held, 0)
	})
}

// TestClockBack: while the clock is back, what is held back stays so and nothing else is harmed, also before the time at
// which the device was opened.
func TestClockBack(t *testing.T) {
	for _, back := range []time.Duration{time.Millisecond, time.Hour} {
		both(t, Faults{Delay: 1, DelayMin: time.Second, DelayMax: time.Second, After: 1}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
			x.at = x.at.Add(time.Minute)
			x.send(from, "a", "b")
			want(t, "arrived", x.receive(to), "a")
			due, _ := x.d.Next(0)
			x.at = x.at.Add(-back)
			x.send(from)
			want(t, "arrived while the clock is back", x.receive(to), "")
			if at, ok := x.d.Next(0); !ok || !at.Equal(due) {
				t.Errorf("the next is due at %v, %v, want %v", at, ok, due)
			}
			x.at = due
			x.send(from)
			want(t, "arrived when it is due", x.receive(to), "b")
		})
	}
	both(t, Faults{}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.at = x.at.Add(-time.Hour)
		x.send(from, "a")
		want(t, "arrived before the device was opened", x.receive(to), "a")
		want(t, "counters", count(), Counters{})
	})
}

// TestPartitionClock: a partition that a frame began ends when the clock leaps over its end, and lasts while it is back.
func TestPartitionClock(t *testing.T) {
	both(t, Faults{Partition: 1, PartitionTime: time.Second, After: 0}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a")
		want(t, "arrived", x.receive(to), "")
		x.at = x.at.Add(-time.Minute)
		x.send(from, "b")
		want(t, "arrived while the clock is back", x.receive(to), "")
		want(t, "counters", count(), Counters{Partitioned: 2})
	})
	x := newBench(t, Config{TX: Faults{Partition: 0.5, PartitionTime: time.Second}, Seed: 1}, pipe.Config{})
	arrived := 0
	for range 64 {
		x.send(x.q, "a")
		if x.receive(x.peer) != "" {
			arrived++
		}
		x.at = x.at.Add(time.Hour)
	}
	if arrived < 16 || arrived > 48 {
		t.Errorf("%d of 64 arrived, an hour apart, where half of them begin a second of partition", arrived)
	}
}
