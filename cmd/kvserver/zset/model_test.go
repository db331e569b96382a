package zset

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// element is an element of the model.
type element struct {
	member string
	score  float64
}

func order(a, b element) int {
	return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.member, b.member))
}

func sorted(m map[string]float64) []element {
	list := make([]element, 0, len(m))
	for member, score := range m {
		list = append(list, element{member, score})
	}
	slices.SortFunc(list, order)
	return list
}

// verify fails unless the Set holds exactly what the model does, and its links, spans and counts are right.
func verify(t *testing.T, s *Set, m map[string]float64) {
	t.Helper()
	want := sorted(m)
	if s.Len() != len(want) {
		t.Fatalf("%d elements, want %d", s.Len(), len(want))
	}
	p := s.At(0)
	for i, e := range want {
		if p == 0 {
			t.Fatalf("the set ends at rank %d of %d", i, len(want))
		}
		if string(s.Member(p)) != e.member || s.Score(p) != e.score {
			t.Fatalf("rank %d is %q %v, want %q %v", i, s.Member(p), s.Score(p), e.member, e.score)
		}
		if q := s.Find([]byte(e.member)); q != p {
			t.Fatalf("%q is found at %d, want %d", e.member, q, p)
		}
		if rank := s.Rank(p); rank != i {
			t.Fatalf("%q has rank %d, want %d", e.member, rank, i)
		}
		if q := s.At(i); q != p {
			t.Fatalf("rank %d is %d, want %d", i, q, p)
		}
		next := s.Next(p)
		if next != 0 && s.Prev(next) != p {
			t.Fatalf("the element after rank %d leads back to another", i)
		}
		p = next
	}
	if p != 0 {
		t.Fatal("the set goes on after its last element")
	}
	if len(want) > 0 && s.Prev(s.At(0)) != 0 {
		t.Fatal("something is before the first element")
	}
	if s.list != nil {
		verifyList(t, s.list)
	} else if s.small != nil && len(m) > 0 && (!listpack.Valid(s.small, true) || !valid(s.small)) {
		t.Fatalf("the small form is not valid: %x", []byte(s.small))
	}
}

// verifyList checks each level's links and spans, and the accounting.
func verifyList(t *testing.T, l *List) {
	t.Helper()
	rank, size := map[Pos]int{Pos(l.head): 0}, len(l.node(l.head))
	n := 0
	for r := l.node(l.head).next(0); r != 0; r = l.node(r).next(0) {
		n++
		rank[Pos(r)] = n
		size += len(l.node(r))
	}
	if n != l.len || l.members.Len() != n || size != l.bytes {
		t.Fatalf("%d nodes of %d bytes; the list counts %d, its table %d, and %d bytes", n, size, l.len, l.members.Len(), l.bytes)
	}
	for i := 1; i < l.levels; i++ {
		at := l.head
		for at != 0 {
			node := l.node(at)
			if node.levels() <= i {
				t.Fatalf("a node of %d levels is linked on level %d", node.levels(), i)
			}
			next, to := node.next(i), n
			if next != 0 {
				to = rank[Pos(next)]
			}
			if node.span(i) != to-rank[Pos(at)] {
				t.Fatalf("level %d: span %d from rank %d, want %d", i, node.span(i), rank[Pos(at)], to-rank[Pos(at)])
			}
			at = next
		}
	}
	if l.levels > 1 && l.node(l.head).next(l.levels-1) == 0 {
		t.Fatalf("level %d is in use and empty", l.levels-1)
	}
}

var someScores = []float64{0, math.Copysign(0, -1), 1, -1, 2, 3, 0.5, 1.1, -2.25, 1e300, math.Inf(1), math.Inf(-1), 1 << 53, 4503599627370497, 1e-320}

// TestModel runs random operations on a Set and on a map, across the limits of the small form.
func TestModel(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { runModel(t, seed, 1500) })
	}
}

func runModel(t *testing.T, seed uint64, steps int) {
	rnd := rand.New(rand.NewPCG(seed, 2))
	store := keyspace.New(1, seed)
	db := store.DB(0)
	key := []byte("key")
	limits := Limits{Entries: int64(rnd.IntN(40)), Value: 40}
	m := map[string]float64{}
	universe := 1 + rnd.IntN(400)
	member := func() []byte {
		i := rnd.IntN(universe)
		switch {
		case i%97 == 5:
			return bytes.Repeat([]byte{'x'}, 30+i%20)
		case i%3 == 0:
			return fmt.Append(nil, i-universe/2) // an integer in a listpack
		}
		return fmt.Appendf(nil, "member:%d", i)
	}
	score := func() float64 {
		if rnd.IntN(3) == 0 {
			return someScores[rnd.IntN(len(someScores))]
		}
		return float64(rnd.IntN(50))
	}
	for step := range steps {
		s := Edit(db, key, db.Find(key), limits)
		switch op := rnd.IntN(10); {
		case op < 6:
			name, f := member(), score()
			if p := s.Find(name); p != 0 {
				s.SetScore(p, name, f)
			} else {
				s.Insert(name, f)
			}
			m[string(name)] = f
		case op < 8:
			name := member()
			p := s.Find(name)
			if _, ok := m[string(name)]; ok != (p != 0) {
				t.Fatalf("step %d: %q found: %v, want %v", step, name, p != 0, ok)
			}
			if p != 0 {
				s.Remove(p)
				delete(m, string(name))
			}
		case op == 8 && rnd.IntN(10) == 0 && len(m) > 0:
			from := rnd.IntN(len(m))
			to := from + rnd.IntN(len(m)-from+1)
			s.RemoveRange(from, to)
			for _, e := range sorted(m)[from:to] {
				delete(m, e.member)
			}
		case op == 9:
			checkBound(t, &s, m, score(), member())
		}
		if s.Exists() && s.Len() == 0 {
			s.Delete()
		}
		store.Settle()
		if step%20 == 0 {
			s := View(db.Peek(key))
			verify(t, &s, m)
		}
	}
	s := View(db.Peek(key))
	verify(t, &s, m)
	checkCopies(t, &s, store, m)
	db.Flush()
	for store.Collect(7) {
	}
	if n := store.Heap.Used(); n != 0 {
		t.Errorf("%d bytes of the slab are in use after everything was deleted", n)
	}
}

// checkBound compares Seek with a count.
func checkBound(t *testing.T, s *Set, m map[string]float64, score float64, member []byte) {
	t.Helper()
	list := sorted(m)
	for _, c := range []struct {
		name   string
		bound  Bound
		before func(element) bool
	}{
		{"start", Start(), func(element) bool { return false }},
		{"end", End(), func(element) bool { return true }},
		{"before score", BeforeScore(score), func(e element) bool { return e.score < score }},
		{"after score", AfterScore(score), func(e element) bool { return e.score <= score }},
	} {
		want := 0
		for _, e := range list {
			if c.before(e) {
				want++
			}
		}
		rank, p := s.Seek(c.bound)
		if rank != want || p != s.At(want) {
			t.Fatalf("%s (%v): rank %d, position %d; want %d, %d", c.name, score, rank, p, want, s.At(want))
		}
	}
}

// checkCopies clones a large set, and builds the set again in a random order, in both forms.
func checkCopies(t *testing.T, s *Set, store *keyspace.Store, m map[string]float64) {
	t.Helper()
	if s.list != nil {
		clone := s.list.Clone().(*List)
		verify(t, &Set{list: clone}, m)
		if clone.Memory() < s.list.bytes {
			t.Errorf("a clone takes %d bytes, less than the nodes' %d", clone.Memory(), s.list.bytes)
		}
		for done := false; !done; {
			_, done = clone.Free(5)
		}
	}
	db := store.DB(0)
	for _, limits := range []Limits{{}, {Entries: 1000, Value: 1000}} {
		b := Build(store, limits)
		for member, score := range m {
			b.Add([]byte(member), score+1)
			b.SetScore(b.Find([]byte(member)), score)
		}
		b.Add([]byte("to be removed"), 5)
		b.Remove(b.Find([]byte("to be removed")))
		key := []byte("built")
		if made := b.Store(db, key).Exists(); made != (len(m) > 0) {
			t.Fatalf("a key was made: %v, of %d elements", made, len(m))
		}
		built := View(db.Peek(key))
		verify(t, &built, m)
		if len(m) > 0 && (built.Listpack() != nil) != (limits.Entries > 0) {
			t.Errorf("limits %v made the other form", limits)
		}
		store.Settle()
		db.Delete(key)
	}
	b := Build(store, Limits{})
	b.Add([]byte("given up"), 1)
	b.Discard()
}

// TestLex compares Seek by members with a sorted list, in sets whose scores are all the same.
func TestLex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, limits := range []Limits{{}, {Entries: 1000, Value: 1000}} {
		store := keyspace.New(1, 1)
		key := []byte("key")
		m := map[string]float64{}
		for range 200 {
			name := fmt.Append(nil, rnd.IntN(300))
			if rnd.IntN(2) == 0 {
				name = fmt.Appendf(nil, "m%x", rnd.IntN(300))
			}
			s := Edit(store.DB(0), key, store.DB(0).Find(key), limits)
			if s.Find(name) == 0 {
				s.Insert(name, 7)
				m[string(name)] = 7
			}
		}
		s := View(store.DB(0).Peek(key))
		verify(t, &s, m)
		names := slices.Sorted(maps.Keys(m))
		for range 500 {
			x := fmt.Append(nil, rnd.IntN(300))
			if rnd.IntN(2) == 0 {
				x = fmt.Appendf(nil, "m%x", rnd.IntN(300))
			}
			want, found := slices.BinarySearch(names, string(x))
			if rank, _ := s.Seek(BeforeMember(x)); rank != want {
				t.Fatalf("before %q: rank %d, want %d", x, rank, want)
			}
			if found {
				want++
			}
			if rank, _ := s.Seek(AfterMember(x)); rank != want {
				t.Fatalf("after %q: rank %d, want %d", x, rank, want)
			}
		}
	}
}
