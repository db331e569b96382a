package table

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// The memory per entry is about 8 bytes at any size, also after most entries were removed.
func TestBytesPerEntry(t *testing.T) {
	const most = 200_000
	tb := New(mix)
	each := func(n int) float64 { return float64(tb.Bytes()) / float64(n) }
	for n := 1; n <= most; n++ {
		tb.Insert(mix(slab.Ref(n)), slab.Ref(n))
		limit := 8.3
		switch {
		case n < 20:
			continue
		case n < 1000:
			limit = 30
		case n < 100_000:
			limit = 9.5
		}
		if e := each(n); e > limit {
			t.Fatalf("%.2f bytes per entry with %d entries", e, n)
		}
	}
	for n := most; n > 1000; n-- {
		for c := tb.Seek(mix(slab.Ref(n))); c.Next(); {
			if c.Ref() == slab.Ref(n) {
				c.Remove()
				break
			}
		}
		if e := each(n - 1); e > 14 {
			t.Fatalf("%.2f bytes per entry when %d are left of %d", e, n-1, most)
		}
	}
}

// Chains stay short: a hit looks at 1.2 buckets at most on average, whatever the size.
func TestChainsAreShort(t *testing.T) {
	tb := New(mix)
	next := 1000
	for n := 1; n <= 100_000; n++ {
		tb.Insert(mix(slab.Ref(n)), slab.Ref(n))
		if n < next {
			continue
		}
		next += next / 8
		looks := 0
		for a := range uint32(tb.buckets.n) {
			for b, depth := tb.buckets.at(a), 1; ; depth++ {
				looks += depth * b.count()
				if b.next == 0 {
					break
				}
				b = tb.over.at(b.next - 1)
			}
		}
		if each := float64(looks) / float64(n); each > 1.25 {
			t.Errorf("%d entries: %.2f buckets per hit", n, each)
		}
	}
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	m := New(mix)
	const n = 10_000
	for r := slab.Ref(1); r <= n; r++ {
		m.Insert(mix(r), r)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	next, cursor, sum := slab.Ref(1), uint64(0), 0
	add := func(r slab.Ref) { sum += int(r) }
	draw := rnd.Uint64
	if got := testing.AllocsPerRun(20_000, func() {
		for c := m.Seek(mix(next)); c.Next(); {
			if c.Ref() == next {
				c.Replace(next)
				c.Remove()
				break
			}
		}
		m.Insert(mix(next), next)
		next = next%n + 1
		cursor = m.Scan(cursor, add)
		add(m.Random(draw))
		m.Sample(draw, add, 5)
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
	if m.Len() != n {
		t.Errorf("%d entries", m.Len())
	}
}

// Random gives all entries the same chance, those in overflow buckets as well (chi-square with a fixed seed).
func TestRandomIsUniform(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 2, 13, 150, 1000} {
				rnd := rand.New(rand.NewPCG(uint64(size), 5))
				m := newModel(hash)
				for r := 1; r <= 3*size; r++ {
					m.insert(slab.Ref(r))
				}
				for r := size + 1; r <= 3*size; r++ { // leaves holes, if any table does
					m.remove(t, slab.Ref(r))
				}
				const each = 100
				seen := make([]int, size+1)
				for range size * each {
					seen[m.Random(rnd.Uint64)]++
				}
				if seen[0] != 0 {
					t.Fatal("nothing was drawn")
				}
				chi2 := 0.0
				for _, n := range seen[1:] {
					chi2 += float64((n-each)*(n-each)) / each
				}
				// The mean of chi-square is its degrees of freedom, the variance twice that.
				free := float64(size - 1)
				if chi2 > free+5*math.Sqrt(2*free) {
					t.Errorf("chi-square %.0f with %.0f degrees of freedom", chi2, free)
				}
			}
		})
	}
}

// A source that always gives the same still gets an entry.
func TestRandomEnds(t *testing.T) {
	m := newModel(mix)
	if r := m.Random(func() uint64 { return 0 }); r != 0 {
		t.Errorf("%d from an empty table", r)
	}
	for r := slab.Ref(1); r < 500; r++ {
		m.insert(r)
	}
	for _, x := range []uint64{0, 1, 1 << 63, math.MaxUint64} {
		if r := m.Random(func() uint64 { return x }); !m.has[r] {
			t.Errorf("%d for %#x", r, x)
		}
	}
}

// Sample returns as many as asked for and reaches every entry.
func TestSampleReachesAll(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 5))
			m := newModel(hash)
			m.Sample(rnd.Uint64, func(slab.Ref) { t.Error("a sample of nothing") }, 5)
			const size = 400
			for r := slab.Ref(1); r <= size; r++ {
				m.insert(r)
			}
			seen := map[slab.Ref]bool{}
			for range 5000 {
				some := map[slab.Ref]bool{}
				m.Sample(rnd.Uint64, func(r slab.Ref) {
					if some[r] || !m.has[r] {
						t.Fatalf("%d: twice %t, in the table %t", r, some[r], m.has[r])
					}
					some[r] = true
					seen[r] = true
				}, 5)
				if len(some) != 5 && hash(1) == mix(1) {
					t.Fatalf("%d of 5", len(some))
				}
			}
			if len(seen) != size {
				t.Errorf("%d of %d", len(seen), size)
			}
		})
	}
}

// match finds exactly the slots that have the tag, whatever stands in the others.
func TestMatchIsExact(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 5))
	for range 20_000 {
		var b bucket
		n := rnd.IntN(slots + 1)
		for range n {
			b.add(uint8(1+rnd.IntN(3)+rnd.IntN(2)*126), slab.Ref(rnd.Uint32()))
		}
		if b.count() != n || b.full() != (n == slots) {
			t.Fatalf("%v: count %d", b.tags, b.count())
		}
		tag := uint8(1 + rnd.IntN(255))
		found := map[uint]bool{}
		for m := b.match(tag); m != 0; m &= m - 1 {
			found[slotOf(m)] = true
		}
		for s, other := range b.tags {
			if found[uint(s)] != (other == tag) {
				t.Fatalf("tag %d in %v: %v", tag, b.tags, found)
			}
		}
	}
}
