package fault

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// A bench is a harmed device and its peer, on a clock that moves only when told.
type bench struct {
	t    *testing.T
	d    *Device
	q    link.Queue
	peer link.Queue
	at   time.Time
}

func newBench(t *testing.T, cfg Config, pc pipe.Config) *bench {
	t.Helper()
	a, b, err := pipe.New(pc)
	if err != nil {
		t.Fatal(err)
	}
	x := &bench{t: t, peer: b.Queue(0), at: time.Unix(1000, 0)}
	cfg.Now = func() time.Time { return x.at }
	if x.d, err = New(a, cfg); err != nil {
		t.Fatal(err)
	}
	x.q = x.d.Queue(0)
	t.Cleanup(func() { x.d.Close(); b.Close() })
	return x
}

// send sends one frame with each payload from q, and frees what is not taken.
func (x *bench) send(q link.Queue, payloads ...string) (n int) {
	x.t.Helper()
	f := make([]link.Frame, len(payloads))
	if n := q.Alloc(f); n != len(f) {
		x.t.Fatalf("Alloc gave out %d frames, want %d", n, len(f))
	}
	for i := range f {
		f[i].Data = append(f[i].Data, payloads[i]...)
	}
	n, err := q.TxBurst(f)
	if err != nil {
		x.t.Fatal(err)
	}
	q.Free(f[n:])
	x.whole()
	return n
}

// receive returns the payloads that have arrived, joined.
func (x *bench) receive(q link.Queue) string {
	x.t.Helper()
	var f [32]link.Frame
	var got []string
	for {
		n, err := q.RxBurst(f[:])
		if err != nil {
			x.t.Fatal(err)
		}
		if n == 0 {
			return strings.Join(got, " ")
		}
		for _, g := range f[:n] {
			got = append(got, string(g.Data))
		}
		q.Free(f[:n])
		x.whole()
	}
}

func (x *bench) whole() {
	x.t.Helper()
	for _, q := range []link.Queue{x.q, x.peer} {
		if a := q.Stats().Accounts; a.Sum() != a.Total {
			x.t.Fatalf("accounts are %+v", a)
		}
	}
}

// both runs f for frames that the device sends and for frames that it receives.
func both(t *testing.T, faults Faults, f func(t *testing.T, x *bench, from, to link.Queue, count func() Counters)) {
	t.Run("TX", func(t *testing.T) {
		x := newBench(t, Config{TX: faults, Held: 4}, pipe.Config{})
		f(t, x, x.q, x.peer, func() Counters { _, tx := x.d.Counters(0); return tx })
	})
	t.Run("RX", func(t *testing.T) {
		x := newBench(t, Config{RX: faults, Held: 4}, pipe.Config{})
		f(t, x, x.peer, x.q, func() Counters { rx, _ := x.d.Counters(0); return rx })
	})
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestDrop(t *testing.T) {
	both(t, Faults{Drop: 1}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		want(t, "taken", x.send(from, "a", "b"), 2)
		want(t, "arrived", x.receive(to), "")
		want(t, "counters", count(), Counters{Dropped: 2})
		want(t, "TxFrames", from.Stats().TxFrames, 2)
		want(t, "TxBytes", from.Stats().TxBytes, 2)
	})
}

func TestAfter(t *testing.T) {
	both(t, Faults{Drop: 1, After: 2}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		want(t, "taken", x.send(from, "a", "b", "c"), 3)
		want(t, "arrived", x.receive(to), "a b")
		want(t, "counters", count(), Counters{Dropped: 1})
	})
}

func TestCorrupt(t *testing.T) {
	both(t, Faults{Corrupt: 1}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		zero := string(make([]byte, 100))
		x.send(from, zero)
		got, bits := x.receive(to), 0
		for _, b := range []byte(got) {
			for ; b != 0; b &= b - 1 {
				bits++
			}
		}
		want(t, "length", len(got), 100)
		want(t, "bits inverted", bits, 1)
		want(t, "counters", count(), Counters{Corrupted: 1})
	})
}

func TestDuplicate(t *testing.T) {
	both(t, Faults{Duplicate: 1}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a", "b")
		x.q.RxBurst(nil) // releases what is sent twice
		want(t, "arrived", x.receive(to), "a b a b")
		want(t, "counters", count(), Counters{Duplicated: 2})
		want(t, "TxFrames", from.Stats().TxFrames, 2)
	})
}

func TestDelay(t *testing.T) {
	both(t, Faults{Delay: 1, DelayMin: time.Second, DelayMax: time.Second}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a")
		want(t, "arrived at once", x.receive(to), "")
		start := x.at
		x.at = x.at.Add(500 * time.Millisecond)
		x.send(from, "b")
		x.at = x.at.Add(499 * time.Millisecond)
		want(t, "arrived too soon", x.receive(to), "")
		x.receive(x.q)
		want(t, "held", count().Held, 2)
		at, ok := x.d.Next(0)
		want(t, "Next", at, start.Add(time.Second))
		want(t, "Next", ok, true)
		if _, ok := x.q.Arm(); ok {
			t.Error("Arm sleeps while frames are held back")
		}
		x.at = at
		x.q.RxBurst(nil)
		want(t, "arrived in time", x.receive(to), "a")
		x.at = x.at.Add(time.Hour)
		x.q.RxBurst(nil)
		want(t, "arrived last", x.receive(to), "b")
		want(t, "counters", count(), Counters{Delayed: 2})
		if _, ok := x.d.Next(0); ok {
			t.Error("Next tells a time though nothing is held back")
		}
		if _, ok := x.q.Arm(); !ok {
			t.Error("Arm does not sleep though nothing is held back")
		}
	})
}

// TestOverflow shows that memory is bounded: frames beyond it go on at once and are counted.
func TestOverflow(t *testing.T) {
	both(t, Faults{Delay: 1, DelayMin: time.Second, DelayMax: time.Second}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a", "b", "c", "d", "e", "f")
		want(t, "arrived at once", x.receive(to), "e f")
		want(t, "counters", count(), Counters{Delayed: 4, Overflow: 2, Held: 4})
		x.at = x.at.Add(time.Second)
		x.q.RxBurst(nil)
		want(t, "arrived", x.receive(to), "a b c d")
	})
}

func TestReorder(t *testing.T) {
	both(t, Faults{Reorder: 1, ReorderFrames: 1, ReorderTime: time.Second}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a")
		want(t, "arrived at once", x.receive(to), "")
		x.d.queues[0].rx.faults.Reorder = 0
		x.d.queues[0].tx.faults.Reorder = 0
		x.send(from, "b", "c")
		x.q.RxBurst(nil)
		want(t, "arrived when one had passed", x.receive(to), "b c a")
		want(t, "counters", count(), Counters{Reordered: 1})
	})
}

// TestReorderAlone holds back a frame that nothing follows, for a bounded time.
func TestReorderAlone(t *testing.T) {
	both(t, Faults{Reorder: 1, ReorderTime: time.Second}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a")
		want(t, "arrived at once", x.receive(to), "")
		x.at = x.at.Add(time.Second - 1)
		x.q.RxBurst(nil)
		want(t, "arrived too soon", x.receive(to), "")
		x.at = x.at.Add(1)
		x.q.RxBurst(nil)
		want(t, "arrived", x.receive(to), "a")
	})
}

func TestPartition(t *testing.T) {
	both(t, Faults{Partition: 1, PartitionTime: time.Second}, func(t *testing.T, x *bench, from, to link.Queue, count func() Counters) {
		x.send(from, "a", "b")
		want(t, "arrived", x.receive(to), "")
		x.d.queues[0].rx.faults.Partition = 0
		x.d.queues[0].tx.faults.Partition = 0
		x.at = x.at.Add(time.Second - 1)
		x.send(from, "c")
		want(t, "arrived in the partition", x.receive(to), "")
		x.at = x.at.Add(1)
		x.send(from, "d")
		want(t, "arrived after it", x.receive(to), "d")
		want(t, "counters", count(), Counters{Partitioned: 3})
	})
}

func TestSetPartition(t *testing.T) {
	x := newBench(t, Config{}, pipe.Config{})
	x.d.SetPartition(true, false)
	x.send(x.q, "out")
	x.send(x.peer, "in")
	want(t, "sent", x.receive(x.peer), "out")
	want(t, "received", x.receive(x.q), "")
	x.d.SetPartition(false, true)
	x.send(x.q, "out")
	x.send(x.peer, "in")
	want(t, "sent", x.receive(x.peer), "")
	want(t, "received", x.receive(x.q), "in")
	rx, tx := x.d.Counters(0)
	want(t, "RX counters", rx, Counters{Partitioned: 1})
	want(t, "TX counters", tx, Counters{Partitioned: 1})
}

// TestBackpressure shows that frames that the device does not take stay the caller's and stay as they were.
func TestBackpressure(t *testing.T) {
	x := newBench(t, Config{TX: Faults{Corrupt: 1, Duplicate: 1}, Held: 100}, pipe.Config{Frames: 64, Ring: 4})
	var f [10]link.Frame
	x.q.Alloc(f[:])
	for i := range f {
		f[i].Data = f[i].Data[:50]
		clear(f[i].Data)
	}
	n, err := x.q.TxBurst(f[:])
	if n != 4 || err != nil {
		t.Fatalf("TxBurst took %d, %v; want 4", n, err)
	}
	for i := n; i < len(f); i++ {
		if !bytes.Equal(f[i].Data, make([]byte, 50)) {
			t.Errorf("frame %d was not taken and is %x", i, f[i].Data)
		}
	}
	s := x.q.Stats()
	want(t, "TxBackpressure", s.TxBackpressure, 6)
	want(t, "TxFrames", s.TxFrames, 4)
	want(t, "Held", s.Accounts.Held, 6)
	_, tx := x.d.Counters(0)
	want(t, "counters", tx, Counters{Corrupted: 4, Duplicated: 4, Held: 4})
	want(t, "slots", len(x.d.queues[0].tx.store.free), 96)
}

// replay sends frames both ways on a clock of its own, and returns all that arrives and when.
func replay(t *testing.T, seed uint64) string {
	faults := Faults{
		Drop: 0.1, Corrupt: 0.1, Duplicate: 0.1, Reorder: 0.1,
		Delay: 0.1, DelayMin: time.Millisecond, DelayMax: 9 * time.Millisecond,
		Partition: 0.01, PartitionTime: 5 * time.Millisecond,
	}
	x := newBench(t, Config{Seed: seed, RX: faults, TX: faults}, pipe.Config{})
	var out strings.Builder
	for i := range 1000 {
		x.at = x.at.Add(time.Millisecond)
		x.send(x.q, fmt.Sprintf("out%d", i))
		x.send(x.peer, fmt.Sprintf("in%d", i), fmt.Sprintf("again%d", i))
		fmt.Fprintf(&out, "%d: %q %q\n", i, x.receive(x.q), x.receive(x.peer))
	}
	rx, tx := x.d.Counters(0)
	fmt.Fprintln(&out, rx, tx)
	for _, c := range []Counters{rx, tx} {
		if c.Dropped == 0 || c.Corrupted == 0 || c.Duplicated == 0 || c.Delayed == 0 || c.Reordered == 0 || c.Partitioned == 0 || c.Overflow != 0 {
			t.Errorf("seed %d: counters are %+v", seed, c)
		}
	}
	return out.String()
}

func TestReplay(t *testing.T) {
	for seed := range uint64(5) {
		first, second := replay(t, seed), replay(t, seed)
		if first != second {
			t.Errorf("seed %d: two runs differ", seed)
		}
		if first == replay(t, seed+1) {
			t.Errorf("seeds %d and %d do the same", seed, seed+1)
		}
	}
}

// TestRates compares how often each fault happens with its probability.
func TestRates(t *testing.T) {
	const frames, p = 20000, 0.1
	x := newBench(t, Config{Seed: 7, TX: Faults{Drop: p, Corrupt: p, Duplicate: p}}, pipe.Config{})
	for range frames {
		x.send(x.q, "some bytes")
		x.q.RxBurst(nil)
		x.receive(x.peer)
	}
	_, c := x.d.Counters(0)
	// Dropped frames suffer nothing else. Five standard deviations are seen once in two million seeds.
	for _, r := range []struct {
		name string
		got  uint64
		p    float64
	}{{"dropped", c.Dropped, p}, {"corrupted", c.Corrupted, p * (1 - p)}, {"duplicated", c.Duplicated, p * (1 - p)}} {
		mean := frames * r.p
		if math.Abs(float64(r.got)-mean) > 5*math.Sqrt(mean*(1-r.p)) {
			t.Errorf("%s %d of %d frames, want about %.0f", r.name, r.got, frames, mean)
		}
	}
}

func TestConfig(t *testing.T) {
	a, b, err := pipe.New(pipe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	for _, cfg := range []Config{
		{Held: -1},
		{Held: maxHeld + 1},
		{RX: Faults{Drop: -0.1}},
		{TX: Faults{Drop: 1.1}},
		{TX: Faults{Corrupt: math.NaN()}},
		{RX: Faults{DelayMin: -1}},
		{RX: Faults{DelayMin: 2, DelayMax: 1}},
		{RX: Faults{ReorderFrames: -1}},
		{RX: Faults{ReorderTime: -1}},
		{RX: Faults{Partition: 0.1}},
		{RX: Faults{PartitionTime: -1}},
		{TX: Faults{After: -1}},
	} {
		if _, err := New(a, cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	if _, err := New(nil, Config{}); err == nil {
		t.Error("no device is accepted")
	}
}
