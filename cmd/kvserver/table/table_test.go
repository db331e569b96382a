package table

import (
	"math/rand/v2"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// model is a table of the Refs 1.. with hashes given by a function, and what should be in it.
type model struct {
	*Table
	hash func(slab.Ref) uint64
	has  map[slab.Ref]bool
}

func newModel(hash func(slab.Ref) uint64) *model {
	return &model{New(hash), hash, map[slab.Ref]bool{}}
}

// mix is a hash function (the finalizer of splitmix64).
func mix(r slab.Ref) uint64 {
	x := uint64(r) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

var hashes = map[string]func(slab.Ref) uint64{
	"good":           mix,
	"sixteen tags":   func(r slab.Ref) uint64 { return mix(r)&^(0xff<<56) | uint64(r%16)<<56 },
	"one tag":        func(r slab.Ref) uint64 { return mix(r) &^ (0xff << 56) },
	"all equal":      func(slab.Ref) uint64 { return 0x1234567890abcdef },
	"few":            func(r slab.Ref) uint64 { return mix(r % 7) },
	"high bits only": func(r slab.Ref) uint64 { return mix(r) &^ (1<<40 - 1) },
	"every fourth":   func(r slab.Ref) uint64 { return mix(r) &^ 3 },
}

func (m *model) insert(r slab.Ref) {
	m.Insert(m.hash(r), r)
	m.has[r] = true
}

func (m *model) find(r slab.Ref) (Cursor, bool) {
	for c := m.Seek(m.hash(r)); c.Next(); {
		if c.Ref() == r {
			return c, true
		}
	}
	return Cursor{}, false
}

func (m *model) remove(t *testing.T, r slab.Ref) {
	t.Helper()
	c, ok := m.find(r)
	if !ok {
		t.Fatalf("%d is lost", r)
	}
	c.Remove()
	delete(m.has, r)
}

// check compares the table with the model and looks at its structure.
func (m *model) check(t *testing.T) {
	t.Helper()
	if m.Len() != len(m.has) {
		t.Fatalf("length %d, want %d", m.Len(), len(m.has))
	}
	seen := map[slab.Ref]bool{}
	m.All(func(r slab.Ref) bool {
		if seen[r] || !m.has[r] {
			t.Fatalf("%d: twice %t, wanted %t", r, seen[r], m.has[r])
		}
		seen[r] = true
		return true
	})
	if len(seen) != len(m.has) {
		t.Fatalf("All: %d of %d", len(seen), len(m.has))
	}
	n := 0
	for a := range uint32(m.buckets.n) {
		for b, i := m.buckets.at(a), 0; ; i++ {
			for s, tag := range b.tags {
				if (tag == 0) != (s >= b.count()) || (tag == 0) != (b.refs[s] == 0) {
					t.Fatalf("bucket %d.%d: slots %v %v", a, i, b.tags, b.refs)
				}
				if tag == 0 {
					continue
				}
				n++
				if h := m.hash(b.refs[s]); m.address(h) != a || tagOf(h) != tag {
					t.Fatalf("bucket %d.%d: %d belongs into %d", a, i, b.refs[s], m.address(h))
				}
			}
			if !b.full() && (i > 1 || i == 0 && b.next != 0) || i == 1 && b.tags[0] == 0 {
				t.Fatalf("bucket %d.%d is not as full as it should be", a, i)
			}
			if b.next == 0 {
				break
			}
			b = m.over.at(b.next - 1)
		}
	}
	if n != m.Len() {
		t.Fatalf("%d in chains, want %d", n, m.Len())
	}
	free := 0
	for at := m.over.first; at != 0; at = m.over.at(at - 1).next {
		free++
	}
	if free != m.over.free {
		t.Fatalf("%d overflow buckets are free, want %d", free, m.over.free)
	}
}

func TestRandomUse(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			m := newModel(hash)
			var live []slab.Ref
			next := slab.Ref(1)
			steps, grow := 40_000, 50
			if name == "all equal" || name == "few" {
				steps = 4000
			}
			for step := range steps {
				if step%(steps/10) == 0 {
					grow = 20 + rnd.IntN(70)
					m.check(t)
				}
				if len(live) == 0 || rnd.IntN(100) < grow {
					m.insert(next)
					live = append(live, next)
					next++
					continue
				}
				i := rnd.IntN(len(live))
				if rnd.IntN(4) == 0 { // replaced by one of the same hash
					old := live[i]
					c, ok := m.find(old)
					if !ok {
						t.Fatalf("%d is lost", old)
					}
					c.Replace(old)
				}
				m.remove(t, live[i])
				live[i] = live[len(live)-1]
				live = live[:len(live)-1]
			}
			m.check(t)
			for _, r := range live {
				m.remove(t, r)
			}
			m.check(t)
			if m.buckets.n != 1 || m.Bytes() > 2000 {
				t.Errorf("an empty table of %d buckets has %d bytes", m.buckets.n, m.Bytes())
			}
		})
	}
}

// What is in the table during a whole Scan is returned, while other entries come and go between the calls.
func TestScanReturnsAllThatStays(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			most := 5000
			if name == "all equal" || name == "few" {
				most = 300
			}
			for seed := range uint64(20) {
				rnd := rand.New(rand.NewPCG(seed, 3))
				m := newModel(hash)
				next := slab.Ref(1)
				var others []slab.Ref
				add := func() {
					m.insert(next)
					others = append(others, next)
					next++
				}
				for range rnd.IntN(most) {
					add()
				}
				stays := map[slab.Ref]bool{}
				for range rnd.IntN(most) {
					m.insert(next)
					stays[next] = true
					next++
				}
				returned := map[slab.Ref]bool{}
				cursor, calls, grow := uint64(0), 0, true
				for {
					cursor = m.Scan(cursor, func(r slab.Ref) {
						if !m.has[r] {
							t.Fatalf("%d is not in the table", r)
						}
						returned[r] = true
					})
					if cursor == 0 {
						break
					}
					if calls++; calls > 20*most {
						t.Fatal("the scan does not end")
					}
					if rnd.IntN(20) == 0 {
						grow = !grow
					}
					for range rnd.IntN(40) {
						if grow && len(others) < most {
							add()
						} else if n := len(others); !grow && n > 0 {
							m.remove(t, others[n-1])
							others = others[:n-1]
						}
					}
				}
				for r := range stays {
					if !returned[r] {
						t.Fatalf("seed %d: %d was there all the time and was not returned", seed, r)
					}
				}
			}
		})
	}
}

// A table that does not change is scanned without repetition, and any number is a valid cursor.
func TestScanOfAStillTable(t *testing.T) {
	for _, size := range []slab.Ref{0, 1, 8, 9, 100, 1000, 3000} {
		m := newModel(mix)
		for r := range size {
			m.insert(r + 1)
		}
		returned := map[slab.Ref]int{}
		cursor, calls := uint64(0), 0
		for {
			cursor = m.Scan(cursor, func(r slab.Ref) { returned[r]++ })
			calls++
			if cursor == 0 {
				break
			}
		}
		if calls != m.buckets.n || len(returned) != int(size) {
			t.Errorf("%d calls for %d buckets, %d of %d entries", calls, m.buckets.n, len(returned), size)
		}
		for r, n := range returned {
			if n != 1 {
				t.Errorf("%d was returned %d times", r, n)
			}
		}
		rnd := rand.New(rand.NewPCG(1, 1))
		for range 1000 {
			cursor := rnd.Uint64()
			if next := m.Scan(cursor, func(slab.Ref) {}); next > m.mask {
				t.Errorf("cursor %#x after %#x", next, cursor)
			}
		}
	}
}
