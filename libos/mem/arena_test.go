package mem

import (
	"errors"
	"math"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

func open(t testing.TB, limit int) *Arena {
	t.Helper()
	a, err := New(Options{Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if a.mapped != 0 {
			t.Errorf("%d bytes are still mapped after Close", a.mapped)
		}
	})
	return a
}

func TestSizes(t *testing.T) {
	a := open(t, 256<<20)
	for _, n := range []int{1, 63, 64, 65, 4096, 65536, 1 << 20, 2 << 20, 2<<20 + 1, 64 << 20} {
		s, err := a.Alloc(n)
		if err != nil || len(s.Data) != n || cap(s.Data) != n {
			t.Fatalf("Alloc(%d): %d bytes, room %d, %v", n, len(s.Data), cap(s.Data), err)
		}
		s.Data[0], s.Data[n-1] = 1, 2
		if err := a.Release(s.Handle); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int{0, -1} {
		if _, err := a.Alloc(n); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("Alloc(%d): %v, want EINVAL", n, err)
		}
	}
	if st := a.Stats(); st.Live != 0 || st.InUse != 0 {
		t.Errorf("after all was freed: %+v", st)
	}
}

// What never fits is told from what does not fit now.
func TestTooLarge(t *testing.T) {
	a := open(t, 5<<20)
	held, err := a.Alloc(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		size  int
		never bool
	}{{2<<20 + 1, false}, {4 << 20, false}, {4<<20 + 1, true}, {5 << 20, true}, {5<<20 + 1, true}, {math.MaxInt, true}} {
		_, err := a.Alloc(c.size)
		if !errors.Is(err, syscall.ENOMEM) || errors.Is(err, libos.ErrTooLarge) != c.never {
			t.Errorf("Alloc(%d) with a limit of %d: %v", c.size, a.opt.Limit, err)
		}
	}
	if err := a.Release(held.Handle); err != nil {
		t.Fatal(err)
	}
	s, err := a.Alloc(4 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Release(s.Handle); err != nil {
		t.Fatal(err)
	}
}

func TestExhaustionRecovers(t *testing.T) {
	a := open(t, 4<<20)
	var held []libos.Segment
	for {
		s, err := a.Alloc(1000)
		if errors.Is(err, syscall.ENOMEM) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, s)
	}
	if len(held) != 4<<20/1024 {
		t.Errorf("%d allocations of 1 KiB out of 4 MiB", len(held))
	}
	for _, s := range held {
		if err := a.Release(s.Handle); err != nil {
			t.Fatal(err)
		}
	}
	// The same memory serves another class, and a large allocation.
	for _, n := range []int{64 << 10, 4 << 20} {
		s, err := a.Alloc(n)
		if err != nil {
			t.Fatalf("Alloc(%d) after recovery: %v", n, err)
		}
		if err := a.Release(s.Handle); err != nil {
			t.Fatal(err)
		}
	}
}

// Of the superblocks that became empty only some are kept mapped, whatever their class.
func TestEmptyIsUnmapped(t *testing.T) {
	for _, size := range []int{512 << 10, 2 << 20} {
		a := open(t, 32<<20)
		var held []libos.Segment
		for a.mapped < a.opt.Limit {
			s, err := a.Alloc(size)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, s)
		}
		for _, s := range held {
			if err := a.Release(s.Handle); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.flushQuarantine(); err != nil {
			t.Fatal(err)
		}
		if most := (keepEmpty + 1) * superblockSize; a.mapped > most {
			t.Errorf("%d bytes are mapped after all allocations of %d were freed, want at most %d", a.mapped, size, most)
		}
	}
}

// An index whose generations are used up is not used again, neither by a large allocation nor by a class.
func TestGenerationsRunOut(t *testing.T) {
	for _, size := range []int{3 << 20, 2 << 20} {
		a := open(t, 8<<20)
		first, err := a.Alloc(size)
		if err != nil {
			t.Fatal(err)
		}
		a.blocks[0].gens[0] = maxGen
		last := a.blocks[0].handle(0)
		if err := a.Release(last); err != nil {
			t.Fatal(err)
		}
		s, err := a.Alloc(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range []libos.Handle{first.Handle, last} {
			if err := a.Release(h); !errors.Is(err, syscall.EINVAL) {
				t.Errorf("Release(%#x) of a freed handle of %d bytes: %v, want EINVAL", h, size, err)
			}
		}
		if err := a.Release(s.Handle); err != nil {
			t.Errorf("Release(%#x) of %d bytes after the generations ran out: %v", s.Handle, size, err)
		}
	}
}

// A model of random work: no two live segments overlap, stale handles never work again.
func TestRandomAgainstModel(t *testing.T) {
	a := open(t, 64<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	type obj struct {
		seg  libos.Segment
		tag  byte
		refs int
	}
	var live []obj
	var dead []libos.Handle
	for i := range 100_000 {
		switch r := rng.IntN(10); {
		case r < 5 && len(live) < 500:
			n := 1 + rng.IntN(1<<rng.IntN(18))
			s, err := a.Alloc(n)
			if err != nil {
				t.Fatal(err)
			}
			s.Data[0], s.Data[n-1] = byte(i), byte(i)
			live = append(live, obj{s, byte(i), 1})
		case r == 5 && len(live) > 0:
			o := &live[rng.IntN(len(live))]
			o.refs++
			if err := a.Retain(o.seg.Handle); err != nil {
				t.Fatal(err)
			}
		case r == 6 && len(dead) > 0:
			h := dead[rng.IntN(len(dead))]
			if err := a.Release(h); !errors.Is(err, syscall.EINVAL) {
				t.Fatalf("Release of a freed handle: %v, want EINVAL", err)
			}
			if err := a.Retain(h); !errors.Is(err, syscall.EINVAL) {
				t.Fatalf("Retain of a freed handle: %v, want EINVAL", err)
			}
		case len(live) > 0:
			j := rng.IntN(len(live))
			o := &live[j]
			if d := o.seg.Data; d[0] != o.tag || d[len(d)-1] != o.tag {
				t.Fatal("live memory was overwritten")
			}
			if err := a.Release(o.seg.Handle); err != nil {
				t.Fatal(err)
			}
			if o.refs--; o.refs == 0 {
				dead = append(dead, o.seg.Handle)
				live[j] = live[len(live)-1]
				live = live[:len(live)-1]
			}
		}
		if a.Stats().Live != len(live) {
			t.Fatalf("%d live, model says %d", a.Stats().Live, len(live))
		}
	}
	for _, o := range live {
		for range o.refs {
			if err := a.Release(o.seg.Handle); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Handles come from the service: any value is refused or names something alive.
func FuzzHandle(f *testing.F) {
	f.Add(uint64(0))
	f.Add(^uint64(0))
	f.Fuzz(func(t *testing.T, v uint64) {
		a := open(t, 4<<20)
		s, err := a.Alloc(100)
		if err != nil {
			t.Fatal(err)
		}
		if h := libos.Handle(v); h != s.Handle {
			if err := a.Release(h); !errors.Is(err, syscall.EINVAL) {
				t.Fatalf("Release(%#x): %v", v, err)
			}
		}
		if err := a.Release(s.Handle); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAllocsNothing(t *testing.T) {
	if checks {
		t.Log("the checks record stacks: not measured")
		return
	}
	a := open(t, 16<<20)
	n := testing.AllocsPerRun(1000, func() {
		s, _ := a.Alloc(64)
		if a.Release(s.Handle) != nil {
			t.Fatal("release")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per Alloc and Release", n)
	}
	var held []libos.Segment
	for {
		s, err := a.Alloc(1 << 20)
		if err != nil {
			break
		}
		held = append(held, s)
	}
	n = testing.AllocsPerRun(1000, func() { // libOSes that wait for memory try again all the time
		if _, err := a.Alloc(64); !errors.Is(err, syscall.ENOMEM) {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per Alloc without memory", n)
	}
	for _, s := range held {
		if err := a.Release(s.Handle); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkAlloc(b *testing.B) {
	a := open(b, 16<<20)
	for b.Loop() {
		s, _ := a.Alloc(64)
		_ = a.Release(s.Handle)
	}
}
