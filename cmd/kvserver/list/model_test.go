package list

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

func check(t *testing.T, l *List, want []string) {
	t.Helper()
	if l.Len() != len(want) {
		t.Fatalf("%d elements, want %d", l.Len(), len(want))
	}
	if len(want) == 0 {
		if l.Nodes() != 0 {
			t.Fatalf("%d nodes without an element", l.Nodes())
		}
		return
	}
	for _, forward := range []bool{true, false} {
		start := 0
		if !forward {
			start = len(want) - 1
		}
		it := l.Iter(start, forward)
		for i := range want {
			v, ok := it.Next()
			at := i
			if !forward {
				at = len(want) - 1 - i
			}
			if !ok || !v.Equal([]byte(want[at])) {
				t.Fatalf("element %d is %q, want %q", at, v.AppendTo(nil), want[at])
			}
		}
		if _, ok := it.Next(); ok {
			t.Fatal("an element behind the end")
		}
	}
}

// TestModel compares random operations with a slice of strings, with nodes so small that they split and vanish.
func TestModel(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		heap := slab.New()
		l := New(heap, []Limit{1, 3, 5, -1, 128}[seed%5])
		var want []string
		elem := func() []byte {
			switch rnd.IntN(12) {
			case 0:
				return bytes.Repeat([]byte{'x'}, rnd.IntN(3000))
			case 1:
				return bytes.Repeat([]byte{'y'}, 8<<10+rnd.IntN(20<<10))
			}
			return fmt.Append(nil, rnd.IntN(10))
		}
		for step := range 1500 {
			e := elem()
			switch op := rnd.IntN(16); {
			case op < 3:
				l.Push(e, true)
				want = slices.Insert(want, 0, string(e))
			case op < 6:
				l.Push(e, false)
				want = append(want, string(e))
			case len(want) == 0:
			case op == 6:
				l.Drop(true)
				want = want[1:]
			case op == 7:
				l.Drop(false)
				want = want[:len(want)-1]
			case op == 8:
				i := rnd.IntN(len(want))
				l.Set(i, e)
				want[i] = string(e)
			case op < 11:
				before := op == 9
				pivot := want[rnd.IntN(len(want))]
				i := slices.Index(want, pivot)
				if !l.Insert([]byte(pivot), e, before) {
					t.Fatalf("seed %d step %d: pivot not found", seed, step)
				}
				if !before {
					i++
				}
				want = slices.Insert(want, i, string(e))
			case op == 11:
				i := rnd.IntN(len(want))
				n := rnd.IntN(min(len(want)-i, 30) + 1)
				l.RemoveRange(i, n)
				want = slices.Delete(want, i, i+n)
			case op < 14:
				head, n := op == 12, 1+rnd.IntN(3)
				pick := want[rnd.IntN(len(want))]
				got, removed := l.Remove([]byte(pick), n, head), 0
				for removed < n {
					i := slices.Index(want, pick)
					if !head {
						i = -1
						for j, w := range want {
							if w == pick {
								i = j
							}
						}
					}
					if i < 0 {
						break
					}
					want = slices.Delete(want, i, i+1)
					removed++
				}
				if got != removed {
					t.Fatalf("seed %d step %d: removed %d, want %d", seed, step, got, removed)
				}
			case op == 14:
				i := rnd.IntN(len(want))
				if v := l.Index(i); !v.Equal([]byte(want[i])) {
					t.Fatalf("seed %d step %d: element %d is %q, want %q", seed, step, i, v.AppendTo(nil), want[i])
				}
				pick := want[i]
				var at []int
				l.Find([]byte(pick), true, 0, func(i int) bool { at = append(at, i); return true })
				for j, w := range want {
					if (w == pick) != slices.Contains(at, j) {
						t.Fatalf("seed %d step %d: Find has %v", seed, step, at)
					}
				}
			case rnd.IntN(20) == 0:
				c := l.Clone().(*List)
				check(t, c, want)
				l.Free(1 << 30)
				l = c
			}
			if step%20 == 0 {
				check(t, l, want)
			}
			if len(want) > 300 {
				l.RemoveRange(50, 200)
				want = slices.Delete(want, 50, 250)
			}
		}
		check(t, l, want)
		for done := false; !done; {
			_, done = l.Free(3)
		}
		if heap.Used() != 0 {
			t.Fatalf("seed %d: %d bytes of the slab are still in use", seed, heap.Used())
		}
	}
}
