package set

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// chiSquare returns the statistic for counts that should be the same.
func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	want, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		d := float64(n) - want
		sum += d * d / want
	}
	return sum
}

// TestUniform draws from sets of all forms in all ways.
func TestUniform(t *testing.T) {
	if x := chiSquare([]int{200, 100, 100}); x < 40 {
		t.Fatalf("the test takes %v for uniform", x)
	}
	store := keyspace.New(1, 7)
	for _, n := range []int{1, 10, 100} {
		for _, form := range []string{"", "m", strings.Repeat("large", 20)} {
			b := Build(store, Limits{Entries: 512})
			for i := range n {
				b.Add([]byte(form + fmt.Sprint(i)))
			}
			key := []byte("k")
			store.DB(0).Delete(key)
			v := Open(b.Store(store.DB(0), key))
			index := func(m listpack.Value) (i int) {
				if _, err := fmt.Sscan(strings.TrimPrefix(text(m), form), &i); err != nil {
					t.Errorf("member %q", text(m))
				}
				return i
			}
			draw := func(name string, draw func(fn func(m listpack.Value))) {
				counts := make([]int, n)
				draw(func(m listpack.Value) { counts[index(m)]++ })
				// 99 degrees of freedom: 161 is the limit for one in 10,000; 9: 34. The seed does not change.
				if x := chiSquare(counts); n == 10 && x > 34 || n == 100 && x > 161 {
					t.Errorf("%s from %d, %q: %v, %v", name, n, form, x, counts)
				}
			}
			draw("Random", func(fn func(m listpack.Value)) {
				for range 200 * n {
					fn(v.Random(store))
				}
			})
			for _, times := range []int64{2, int64(200 * n)} {
				draw(fmt.Sprint("Repeat ", times), func(fn func(m listpack.Value)) {
					for range int64(200*n) / times {
						v.Repeat(store, times, func(m listpack.Value) bool {
							fn(m)
							return true
						})
					}
				})
			}
			for _, size := range []int{1, n / 5, n / 2, n - 1, n, n + 1} {
				draw(fmt.Sprint("Sample ", size), func(fn func(m listpack.Value)) {
					for range 200 {
						got := map[string]bool{}
						v.Sample(store, size, func(m listpack.Value) {
							fn(m)
							got[text(m)] = true
						})
						if want := max(0, min(size, n)); len(got) != want {
							t.Fatalf("a sample of %d from %d has %d different members", size, n, len(got))
						}
					}
				})
			}
			draw("Pop", func(fn func(m listpack.Value)) {
				for range 100 * n { // a member that is popped is added again
					s := Edit(store.DB(0), key, store.DB(0).Find(key), Limits{Entries: 512})
					var popped []byte
					s.Pop(func(m listpack.Value) {
						fn(m)
						popped = m.AppendTo(nil)
					})
					s.Add(popped)
					s.Store()
				}
			})
		}
	}
}

func TestRepeatEnds(t *testing.T) {
	store := keyspace.New(1, 5)
	for _, member := range []string{"1", "m", strings.Repeat("large", 200)} {
		b := Build(store, Limits{Entries: 10})
		b.Add([]byte(member))
		for _, n := range []int64{3, 1 << 62} {
			calls := 0
			b.View().Repeat(store, n, func(listpack.Value) bool {
				calls++
				return calls < 2
			})
			if calls != 2 {
				t.Errorf("%.5s, of %d: %d calls after the end", member, n, calls)
			}
		}
		b.Discard()
	}
}
