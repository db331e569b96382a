package set

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

func text(v listpack.Value) string { return string(v.AppendTo(nil)) }

// contents returns what Each tells.
func contents(t *testing.T, v View) map[string]bool {
	t.Helper()
	m := map[string]bool{}
	v.Each(func(member listpack.Value) bool {
		if m[text(member)] {
			t.Errorf("member %q comes twice", text(member))
		}
		m[text(member)] = true
		return true
	})
	return m
}

// member makes members: integers alone if so wanted.
func member(r *rand.Rand, integer bool) string {
	switch op := r.IntN(20); {
	case integer && op < 3:
		return fmt.Sprint(r.Int64() - 1<<62)
	case integer && op < 6:
		return fmt.Sprint(r.IntN(1<<17) - 1<<16)
	case integer:
		return fmt.Sprint(r.IntN(50))
	case op == 0:
		return ""
	case op == 1:
		return strings.Repeat("m", r.IntN(200))
	case op == 2:
		return fmt.Sprint("0", r.IntN(9)) // not the form of an integer
	case op < 8:
		return fmt.Sprint(r.IntN(20))
	}
	return fmt.Sprint("m", r.IntN(100))
}

// TestModel does random things to sets and to a map. Limits are small, so that sets change their form all the time.
func TestModel(t *testing.T) {
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(seed, 1))
		store := keyspace.New(2, seed)
		limits := Limits{Entries: []int64{0, 1, 20, 512}[seed%4]}
		keys := []string{"a", "b", "c"}
		model := map[string]map[string]bool{}
		for i := range 4000 {
			db, key := store.DB(0), keys[r.IntN(len(keys))]
			m := model[key]
			if m == nil {
				m = map[string]bool{}
				model[key] = m
			}
			s := Edit(db, []byte(key), db.Find([]byte(key)), limits)
			if len(m) == 0 && s.Len() > 0 {
				t.Fatalf("%d members are there and should not be", s.Len())
			}
			switch op := r.IntN(24); {
			case op == 0:
				s.Clear()
				clear(m)
			case op < 4:
				for range min(len(m), 1+r.IntN(4)) {
					s.Pop(func(v listpack.Value) {
						if !m[text(v)] {
							t.Errorf("popped %q, which is not there", text(v))
						}
						delete(m, text(v))
					})
				}
			default:
				for range 1 + r.IntN(4) {
					x := member(r, r.IntN(30) > 0)
					there := m[x]
					if op < 10 {
						if s.Remove([]byte(x)) != there {
							t.Fatalf("step %d: removed %q: %v", i, x, !there)
						}
						delete(m, x)
					} else {
						if s.Add([]byte(x)) == there {
							t.Fatalf("step %d: added %q, which was there: %v", i, x, there)
						}
						m[x] = true
					}
				}
			}
			if gone := s.Store(); gone != (len(m) == 0) {
				t.Fatalf("step %d: gone: %v, with %d members", i, gone, len(m))
			}
			store.Settle()
			check(t, store, db.Find([]byte(key)), m, r)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, i)
			}
		}
		for _, key := range keys {
			store.DB(0).Delete([]byte(key))
		}
		for store.Collect(100) {
		}
		store.Settle()
		if fresh := keyspace.New(2, 0); store.Heap.Used() != 0 || store.Used() != fresh.Used() {
			t.Errorf("seed %d: %d bytes in the slab, %d used; %d in a new store", seed, store.Heap.Used(), store.Used(), fresh.Used())
		}
	}
}

// check compares a set with the model.
func check(t *testing.T, store *keyspace.Store, e keyspace.Entry, m map[string]bool, r *rand.Rand) {
	t.Helper()
	if e.Exists() != (len(m) > 0) || Len(e) != len(m) {
		t.Errorf("%d members, want %d", Len(e), len(m))
		return
	}
	v := Open(e)
	if len(m) == 0 {
		if v.Contains([]byte("x")) || v.ContainsValue(listpack.IntValue(1)) {
			t.Error("no set has a member")
		}
		return
	}
	if got := contents(t, v); !maps.Equal(got, m) {
		t.Errorf("got %v\nwant %v", got, m)
	}
	if got := v.Random(store); !m[text(got)] {
		t.Errorf("random member %q is not there", text(got))
	}
	for range 3 {
		x := member(r, r.IntN(2) == 0)
		if v.Contains([]byte(x)) != m[x] || v.ContainsValue(listpack.ValueOf([]byte(x))) != m[x] ||
			v.ContainsValue(listpack.Value{Str: []byte(x)}) != m[x] {
			t.Errorf("contains %q: %v", x, !m[x])
		}
	}
	if r.IntN(8) > 0 {
		return
	}
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		cursor = v.Scan(cursor, func(member listpack.Value) { seen[text(member)] = true })
		if cursor == 0 {
			break
		}
	}
	if !maps.Equal(seen, m) {
		t.Errorf("scan got %v\nwant %v", seen, m)
	}
	if o := e.Object(); o != nil {
		c := o.Clone().(*Set)
		if got := contents(t, View{large: c}); !maps.Equal(got, m) || c.Memory() > o.Memory()*2 {
			t.Errorf("clone of %d bytes: %d bytes, %v\nwant %v", o.Memory(), c.Memory(), got, m)
		}
		for done := false; !done; {
			var left int
			if left, done = c.Free(3); left < 0 || left > 3 {
				t.Errorf("%d of 3 are left", left)
			}
		}
		if c.slab != 0 || c.Bytes() != 0 {
			t.Errorf("%d bytes in the slab, %d outside after Free", c.slab, c.Bytes())
		}
	}
}

// TestForms tests when a set is kept in which form.
func TestForms(t *testing.T) {
	store := keyspace.New(1, 1)
	db, key := store.DB(0), []byte("k")
	add := func(limit int64, members ...string) string {
		s := Edit(db, key, db.Find(key), Limits{Entries: limit})
		for _, m := range members {
			s.Add([]byte(m))
		}
		s.Store()
		v := Open(db.Find(key))
		form := map[bool]string{v.ints != nil: "integers", v.small != nil: "small", v.large != nil: "large"}[true]
		return fmt.Sprint(form, " ", db.Find(key).Encoding())
	}
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprint(100000 + i)
	}
	for _, tt := range []struct {
		limit   int64
		members []string
		want    string
	}{
		{3, []string{"1", "-5", "9223372036854775807"}, "integers intset"},
		{3, []string{"1", "2", "3", "4"}, "small hashtable"},
		{3, []string{"1", "2", "x"}, "small hashtable"},
		{3, []string{"x", "1"}, "small hashtable"},
		{3, []string{"01"}, "small hashtable"},
		{3, []string{"9223372036854775808"}, "small hashtable"},
		{0, []string{"1"}, "small hashtable"},
		{512, many, "integers intset"},
		{299, many, "large hashtable"},
		{512, append(many[:299:299], "x"), "large hashtable"},
		{512, []string{strings.Repeat("x", smallMax)}, "large hashtable"},
		{512, []string{strings.Repeat("x", 200), strings.Repeat("y", 200)}, "small hashtable"},
		{512, []string{strings.Repeat("x", 200), strings.Repeat("y", 200), strings.Repeat("z", 200)}, "large hashtable"},
	} {
		db.Delete(key)
		if got := add(tt.limit, tt.members...); got != tt.want || Len(db.Find(key)) != len(tt.members) {
			t.Errorf("limit %d, %.50q: %s with %d, want %s", tt.limit, tt.members, got, Len(db.Find(key)), tt.want)
		}
	}
}

func TestBuilder(t *testing.T) {
	store := keyspace.New(2, 1)
	for _, n := range []int{0, 1, 3, 4, 600} {
		for _, discard := range []bool{true, false} {
			b := Build(store, Limits{Entries: 3})
			for i := range n {
				if m := []byte(fmt.Sprint(i)); !b.Add(m) || b.Add(m) || b.AddValue(listpack.IntValue(int64(i))) {
					t.Errorf("member %d of %d: was there, or could be added twice", i, n)
				}
			}
			if b.View().Len() != n {
				t.Errorf("%d members, want %d", b.View().Len(), n)
			}
			if discard {
				b.Discard()
				if used := store.Heap.Used(); used != 0 {
					t.Errorf("%d members: %d bytes are left", n, used)
				}
				continue
			}
			e := b.Store(store.DB(1), []byte("k"))
			if e.Exists() != (n > 0) || Len(e) != n || store.DB(1).Len() != min(n, 1) {
				t.Errorf("%d members: stored %d", n, Len(e))
			}
			store.DB(1).Delete([]byte("k"))
			for store.Collect(100) {
			}
		}
	}
}

// TestBoundaries tests the lengths at which the head of an entry gets longer.
func TestBoundaries(t *testing.T) {
	store := keyspace.New(1, 1)
	s := New(store)
	for _, n := range []int{0, 1, 127, 128, 16383, 16384, 70000} {
		long := bytes.Repeat([]byte("x"), n)
		if s.Contains(long) || !s.Add(long) || s.Add(long) || !s.Contains(long) || !bytes.Equal(s.at(s.members.Random(store.Rand)).Str, long) {
			t.Errorf("%d bytes are not kept", n)
		}
		if !s.Remove(long) || s.Remove(long) || s.Len() != 0 {
			t.Errorf("%d bytes are not removed", n)
		}
	}
	if used := store.Heap.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}
