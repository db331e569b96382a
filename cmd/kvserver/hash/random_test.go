package hash

import (
	"fmt"
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

// TestUniform draws from hashes of both forms, small and large, in all ways.
func TestUniform(t *testing.T) {
	if x := chiSquare([]int{200, 100, 100}); x < 40 {
		t.Fatalf("the test takes %v for uniform", x)
	}
	store := keyspace.New(1, 5)
	for _, n := range []int{1, 10, 100} {
		for _, limit := range []int64{0, 512} {
			b := Build(store, Limits{Entries: limit, Value: 64})
			for i := range n {
				b.Add([]byte(fmt.Sprint(i)), []byte(fmt.Sprint("v", i)))
			}
			v := Open(b.Store(store.DB(0), []byte(fmt.Sprint(n, limit))))
			draw := func(name string, draw func(fn func(field, value listpack.Value))) {
				counts := make([]int, n)
				draw(func(field, value listpack.Value) {
					var i int
					if _, err := fmt.Sscan(text(field), &i); err != nil || text(value) != fmt.Sprint("v", i) {
						t.Errorf("field %q has %q", text(field), text(value))
					}
					counts[i]++
				})
				// 99 degrees of freedom: 161 is the limit for one in 10,000; 9: 34. The seed does not change.
				if x := chiSquare(counts); n == 10 && x > 34 || n == 100 && x > 161 {
					t.Errorf("%s from %d, limit %d: %v, %v", name, n, limit, x, counts)
				}
			}
			draw("Random", func(fn func(field, value listpack.Value)) {
				for range 200 * n {
					fn(v.Random(store))
				}
			})
			for _, times := range []int64{2, int64(200 * n)} {
				draw(fmt.Sprint("Repeat ", times), func(fn func(field, value listpack.Value)) {
					for range int64(200*n) / times {
						v.Repeat(store, times, func(field, value listpack.Value) bool {
							fn(field, value)
							return true
						})
					}
				})
			}
			for _, size := range []int{1, n / 5, n / 2, n - 1, n, n + 1} {
				draw(fmt.Sprint("Sample ", size), func(fn func(field, value listpack.Value)) {
					for range 200 {
						got := map[string]bool{}
						v.Sample(store, size, func(field, value listpack.Value) {
							fn(field, value)
							got[text(field)] = true
						})
						if want := max(0, min(size, n)); len(got) != want {
							t.Fatalf("a sample of %d from %d has %d different fields", size, n, len(got))
						}
					}
				})
			}
		}
	}
}

func TestRepeatEnds(t *testing.T) {
	store := keyspace.New(1, 5)
	b := Build(store, Limits{Entries: 10, Value: 64})
	b.Add([]byte("f"), nil)
	v := Open(b.Store(store.DB(0), []byte("k")))
	for _, n := range []int64{3, 1 << 62} {
		calls := 0
		v.Repeat(store, n, func(_, _ listpack.Value) bool {
			calls++
			return calls < 2
		})
		if calls != 2 {
			t.Errorf("of %d: %d calls after the end", n, calls)
		}
	}
}
