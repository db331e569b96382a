package memq_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
)

func TestCapacity(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	for _, c := range []int{-1, memq.MaxCapacity + 1} {
		if _, err := v.e.Queue(c); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("capacity %d: %v, want EINVAL", c, err)
		}
	}
	for _, c := range []int{0, 1, 17, memq.DefaultCapacity + 1} {
		qd := v.queue(c)
		if c == 0 {
			c = memq.DefaultCapacity
		}
		for range c {
			if r := v.done(v.push(qd, []byte("x")), nil); r.Stage != libos.Buffered || r.N != 1 {
				t.Fatalf("stage %d, %d bytes", r.Stage, r.N)
			}
		}
		v.pending(v.push(qd, []byte("y")))
	}
}

func TestBackPressureKeepsOrder(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	qd := v.queue(2)
	var qts []libos.QToken
	for i := range 5 {
		qts = append(qts, v.push(qd, []byte{byte('0' + i)}))
	}
	v.done(qts[0], nil)
	v.done(qts[1], nil)
	v.pending(qts[2:]...)
	if got := v.got(qd); got != "0" {
		t.Fatalf("popped %q", got)
	}
	v.done(qts[2], nil)
	v.pending(qts[3], qts[4])
	if err := v.Cancel(qts[3]); err != nil {
		t.Fatal(err)
	}
	v.done(qts[3], syscall.ECANCELED)
	for _, want := range []string{"1", "2", "4"} {
		if got := v.got(qd); got != want {
			t.Fatalf("popped %q, want %q", got, want)
		}
	}
	v.done(qts[4], nil)
}

func TestPushCompletesPendingPop(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	qd := v.queue(1)
	pops := []libos.QToken{v.pop(qd), v.pop(qd), v.pop(qd)}
	v.pending(pops...)
	if err := v.Cancel(pops[0]); err != nil {
		t.Fatal(err)
	}
	v.done(pops[0], syscall.ECANCELED)
	msg := []byte("one")
	v.done(v.push(qd, msg), nil)
	copy(msg, "two") // the memory is ours again
	v.done(v.push(qd, msg), nil)
	for i, want := range []string{"one", "two"} {
		if got := v.text(v.done(pops[i+1], nil)); got != want {
			t.Errorf("popped %q, want %q", got, want)
		}
	}
}

// A push without memory waits, with all behind it, and goes on in a Poll once there is memory.
func TestStarved(t *testing.T) {
	v := open(t, 2<<20, libos.Block)
	qd, other := v.queue(0), v.queue(0)
	held := v.fill(1 << 20)
	pop := v.pop(qd)
	qts := []libos.QToken{v.push(qd, make([]byte, 1<<20)), v.push(qd, []byte("small")), v.push(other, []byte("other"))}
	v.pending(append(qts, pop)...)
	v.free(held[0])
	if r := v.done(pop, nil); r.N != 1<<20 {
		t.Fatalf("popped %d bytes", r.N)
	} else {
		v.done(qts[0], nil)
		v.pending(qts[1], qts[2])
		v.free(r.SGA)
		v.free(held[1:]...) // a superblock serves one size class until it is empty
	}
	for _, qt := range qts[1:] {
		if r, err := v.Wait(qt, libos.Forever); err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
	}
	if a, b := v.got(qd), v.got(other); a != "small" || b != "other" {
		t.Errorf("popped %q and %q", a, b)
	}
}

// sleepyEngine frees memory in the Poll after its timer, as an engine does when a push completes.
type sleepyEngine struct {
	polls int
	next  time.Time
	due   func()
}

func (d *sleepyEngine) Poll() bool {
	d.polls++
	if d.next.IsZero() || time.Now().Before(d.next) {
		return false
	}
	d.next = time.Time{}
	d.due()
	return true
}

func (d *sleepyEngine) Arm() (int, time.Time, bool) { return -1, d.next, true }
func (d *sleepyEngine) Close() error                { return nil }

// A starved queue lets the runtime sleep, and goes on when another engine frees memory meanwhile.
func TestStarvedSleeps(t *testing.T) {
	v := open(t, 2<<20, libos.Block)
	d := &sleepyEngine{}
	v.Add(d)
	qd := v.queue(0)
	held := v.fill(1 << 20)
	qt := v.push(qd, make([]byte, 1<<20))
	if _, err := v.Wait(qt, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	// A round at the beginning, one before each sleep, and one at the deadline; a signal ends a sleep early.
	if d.polls > 100 {
		t.Errorf("%d rounds while nothing could move", d.polls)
	}
	d.next = time.Now().Add(5 * time.Millisecond)
	d.due = func() {
		for _, s := range held {
			if err := v.arena.Release(s.Seg(0).Handle); err != nil {
				t.Error(err)
			}
		}
	}
	if r, err := v.Wait(qt, 10*time.Second); err != nil || r.Err != nil {
		t.Fatal(err, r.Err)
	}
}

// A message that never fits fails at once and does not hold up what is behind it.
func TestTooLarge(t *testing.T) {
	v := open(t, 2<<20, libos.Block)
	qd := v.queue(0)
	held := v.fill(1 << 20)
	waits := v.push(qd, make([]byte, 2<<20))
	huge, small := v.push(qd, make([]byte, 2<<20+1)), v.push(qd, []byte("small"))
	v.pending(waits, huge, small) // in order
	v.free(held...)
	v.done(waits, nil)
	r := v.done(huge, syscall.EMSGSIZE)
	if errors.Is(r.Err, syscall.ENOMEM) || !strings.Contains(r.Err.Error(), "2097153 bytes") {
		t.Errorf("error of the large push: %v", r.Err)
	}
	v.pending(small)
	v.free(v.done(v.pop(qd), nil).SGA)
	v.done(small, nil)
	v.done(v.push(v.queue(0), make([]byte, 2<<20+1)), syscall.EMSGSIZE)
	if got := v.got(qd); got != "small" {
		t.Errorf("popped %q", got)
	}
}

// A push that finds no memory does not hold up what is behind it once it is cancelled.
func TestCancelStarved(t *testing.T) {
	v := open(t, 2<<20, libos.Spin)
	qd := v.queue(0)
	held := v.fill(1 << 20)
	large, small := v.push(qd, make([]byte, 2<<20)), v.push(qd, make([]byte, 1<<20))
	v.free(held[0])
	v.pending(large, small)
	if err := v.Cancel(large); err != nil {
		t.Fatal(err)
	}
	v.done(large, syscall.ECANCELED)
	v.done(small, nil)
	v.free(held[1:]...)
}

func TestClose(t *testing.T) {
	v := open(t, 2<<20, libos.Spin)
	full, empty, starved := v.queue(2), v.queue(2), v.queue(2)
	v.done(v.push(full, []byte("a")), nil)
	v.done(v.push(full, []byte("b")), nil)
	held := v.fill(1 << 20)
	cancelled := []libos.QToken{v.push(full, []byte("c")), v.push(full, []byte("d")), v.pop(empty), v.pop(empty),
		v.pop(starved), v.push(starved, make([]byte, 1<<20)), v.pop(starved)}
	v.pending(cancelled...)
	for _, qd := range []libos.QD{full, empty, starved} {
		qt, err := v.CloseQueue(qd)
		if err != nil {
			t.Fatal(err)
		}
		cancelled = append(cancelled, qt)
		if _, err := v.Pop(qd); !errors.Is(err, syscall.EBADF) {
			t.Errorf("pop after close: %v", err)
		}
	}
	// In completion order: what was pending, as it was issued, before each close.
	want := []int{0, 1, 7, 2, 3, 8, 4, 5, 6, 9}
	res := make([]libos.QResult, len(want)+1)
	n, err := v.WaitNext(res, 0)
	if err != nil || n != len(want) {
		t.Fatal(n, err)
	}
	for i, w := range want {
		if res[i].QT != cancelled[w] {
			t.Errorf("completion %d is a %v on %v", i, res[i].Opcode, res[i].QD)
		}
		if closed := res[i].Opcode == libos.OpClose; closed && res[i].Err != nil ||
			!closed && !errors.Is(res[i].Err, syscall.ECANCELED) {
			t.Errorf("%v: %v", res[i].Opcode, res[i].Err)
		}
	}
	v.free(held...)
	if st := v.arena.Stats(); st.Live != 0 {
		t.Errorf("%d allocations are left", st.Live)
	}
}

func TestEngineClose(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	var qts []libos.QToken
	var qds []libos.QD
	for i := range 4 {
		qd := v.queue(1)
		qds = append(qds, qd)
		if i%2 == 0 {
			v.done(v.push(qd, []byte("kept")), nil)
			qts = append(qts, v.push(qd, []byte("pending")))
		} else {
			qts = append(qts, v.pop(qd))
		}
	}
	for range 2 {
		if err := v.e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, qt := range qts {
		v.done(qt, syscall.ECANCELED)
	}
	if st := v.arena.Stats(); st.Live != 0 {
		t.Errorf("%d allocations are left", st.Live)
	}
	if _, err := v.e.Queue(0); !errors.Is(err, syscall.EBADF) {
		t.Errorf("queue of a closed engine: %v", err)
	}
	if _, err := v.Pop(qds[0]); !errors.Is(err, syscall.EBADF) {
		t.Errorf("pop on a closed engine: %v", err)
	}
}

// brokenMemory refuses for a reason that waiting does not mend.
type brokenMemory struct{ *mem.Arena }

func (brokenMemory) Alloc(int) (libos.Segment, error) {
	return libos.Segment{}, fmt.Errorf("alloc: %w", syscall.EIO)
}

func TestBrokenMemory(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	v.e = memq.New(brokenMemory{v.arena})
	qd := v.queue(0)
	v.done(v.push(qd, []byte("x")), syscall.EIO)
}

func TestAllocatesNothing(t *testing.T) {
	v := open(t, 4<<20, libos.Spin)
	qd := v.queue(0)
	msg := make([]byte, 64)
	step := func() { roundTrip(v, qd, msg) }
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(2000, step); n != 0 && !checks {
		t.Errorf("%v allocations per push and pop", n)
	}
}

func roundTrip(v *env, qd libos.QD, msg []byte) {
	push, pop := v.push(qd, msg), v.pop(qd)
	r := v.done(push, nil)
	if r = v.done(pop, nil); r.N != len(msg) {
		v.Fatalf("popped %d bytes", r.N)
	}
	v.free(r.SGA)
}

// BenchmarkPushPop is one message through a queue, with both waits.
func BenchmarkPushPop(b *testing.B) {
	for _, size := range []int{64, 4096} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			v := open(b, 4<<20, libos.Spin)
			qd, msg := v.queue(0), make([]byte, size)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				roundTrip(v, qd, msg)
			}
		})
	}
}
