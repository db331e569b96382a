//go:build catdebug || race

package mem

import (
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

func TestWriteAfterFreeIsReported(t *testing.T) {
	var reports []string
	a, err := New(Options{Misuse: func(r string) { reports = append(reports, r) }})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := a.Alloc(100)
	if err := a.Release(s.Handle); err != nil {
		t.Fatal(err)
	}
	if s.Data[0] != poison {
		t.Error("freed memory is not poisoned")
	}
	s.Data[7] = 1
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 1 || !strings.Contains(reports[0], "byte 7") || !strings.Contains(reports[0], "TestWriteAfterFreeIsReported") {
		t.Errorf("reports: %q", reports)
	}
}

func TestDoubleFreeAndLeakNameTheStack(t *testing.T) {
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := a.Alloc(100)
	if err := a.Release(s.Handle); err != nil {
		t.Fatal(err)
	}
	if err := a.Release(s.Handle); err == nil || !strings.Contains(err.Error(), "TestDoubleFreeAndLeakNameTheStack") {
		t.Errorf("double free: %v", err)
	}
	if _, err := a.Alloc(5); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err == nil || !strings.Contains(err.Error(), "5 bytes, allocated by") {
		t.Errorf("leak: %v", err)
	}
}

// An Alloc that finds its class full and the limit reached has the slots that the checks keep back.
func TestAllocTakesWhatIsKeptBack(t *testing.T) {
	for _, c := range []struct {
		limit, size, free int
	}{
		{2 << 20, 64 << 10, 1},  // the superblock stays in use, with one free slot
		{4 << 20, 64 << 10, 40}, // both superblocks have free slots
		{4 << 20, 64 << 10, 64},
		{4 << 20, 2 << 20, 1},
	} {
		a := open(t, c.limit)
		var held []libos.Segment
		for {
			s, err := a.Alloc(c.size)
			if err != nil {
				break
			}
			held = append(held, s)
		}
		// Every second one first, so that each superblock gives some back.
		for i := range c.free {
			j := i * 2 % len(held)
			if i >= len(held)/2 {
				j++
			}
			if err := a.Release(held[j].Handle); err != nil {
				t.Fatal(err)
			}
		}
		for i := range c.free {
			s, err := a.Alloc(c.size)
			if err != nil {
				t.Fatalf("%+v: allocation %d of the %d that were freed: %v", c, i, c.free, err)
			}
			held = append(held, s)
		}
		for _, s := range held {
			_ = a.Release(s.Handle) // some are stale
		}
		if st := a.Stats(); st.Live != 0 {
			t.Errorf("%+v: %d allocations are left", c, st.Live)
		}
	}
}
