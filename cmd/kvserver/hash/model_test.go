package hash

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
func contents(t *testing.T, v View) map[string]string {
	t.Helper()
	m := map[string]string{}
	v.Each(func(field, value listpack.Value) bool {
		if _, twice := m[text(field)]; twice {
			t.Errorf("field %q comes twice", text(field))
		}
		m[text(field)] = text(value)
		return true
	})
	return m
}

// value makes values of all sizes, integers among them.
func value(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return ""
	case 1, 2:
		return fmt.Sprint(r.Int64N(1<<r.IntN(62)) - 50)
	case 3:
		return strings.Repeat("v", r.IntN(300))
	case 4:
		if r.IntN(20) == 0 {
			return strings.Repeat("large", r.IntN(8000))
		}
	}
	return fmt.Sprint("v", r.IntN(1000))
}

// TestModel does random things to hashes and to a map. Limits are small, so that hashes become large all the time.
func TestModel(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		store := keyspace.New(2, seed)
		limits := Limits{Entries: []int64{0, 1, 7, 512}[seed%4], Value: []int64{64, 8, 1 << 40}[seed%3]}
		keys := []string{"a", "b", "c"}
		model := map[string]map[string]string{}
		for i := range 4000 {
			db, key := store.DB(0), keys[r.IntN(len(keys))]
			m := model[key]
			if m == nil {
				m = map[string]string{}
				model[key] = m
			}
			h := Edit(db, []byte(key), db.Find([]byte(key)), limits)
			switch op := r.IntN(20); {
			case op == 0: // the end of the hash
				for field := range m {
					if !h.Delete([]byte(field)) {
						t.Fatalf("field %q is not there to be deleted", field)
					}
				}
				clear(m)
			default:
				for range 1 + r.IntN(4) {
					field := fmt.Sprint(r.IntN(40))
					if r.IntN(4) == 0 {
						field = strings.Repeat("f", r.IntN(200))
					}
					_, there := m[field]
					if op < 6 {
						if h.Delete([]byte(field)) != there {
							t.Fatalf("step %d: deleted %q: %v", i, field, !there)
						}
						delete(m, field)
						continue
					}
					v := value(r)
					if h.Set([]byte(field), []byte(v)) == there {
						t.Fatalf("step %d: set %q, which was there: %v", i, field, there)
					}
					m[field] = v
				}
			}
			if gone := h.Store(); gone != (len(m) == 0) {
				t.Fatalf("step %d: gone: %v, with %d fields", i, gone, len(m))
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

// check compares a hash with the model.
func check(t *testing.T, store *keyspace.Store, e keyspace.Entry, m map[string]string, r *rand.Rand) {
	t.Helper()
	if e.Exists() != (len(m) > 0) || Len(e) != len(m) {
		t.Errorf("%d fields, want %d", Len(e), len(m))
		return
	}
	v := Open(e)
	if len(m) == 0 {
		if _, ok := v.Get([]byte("x")); ok {
			t.Error("no hash has a field")
		}
		return
	}
	if got := contents(t, v); !maps.Equal(got, m) {
		t.Errorf("got %q\nwant %q", got, m)
	}
	field, value := v.Random(store)
	if want, ok := m[text(field)]; !ok || want != text(value) {
		t.Errorf("random: %q has %q, want %q, %v", text(field), text(value), want, ok)
	}
	for name, want := range m {
		if got, ok := v.Get([]byte(name)); !ok || text(got) != want {
			t.Errorf("get %q: %q, %v, want %q", name, text(got), ok, want)
		}
		break
	}
	if _, ok := v.Get([]byte("none")); ok {
		t.Error("there is a field that was never set")
	}
	if r.IntN(8) > 0 {
		return
	}
	seen := map[string]string{}
	for cursor := uint64(0); ; {
		cursor = v.Scan(cursor, func(field, value listpack.Value) { seen[text(field)] = text(value) })
		if cursor == 0 {
			break
		}
	}
	if !maps.Equal(seen, m) {
		t.Errorf("scan got %q\nwant %q", seen, m)
	}
	if o := e.Object(); o != nil {
		c := o.Clone().(*Hash)
		if got := contents(t, View{large: c}); !maps.Equal(got, m) || c.Memory() > o.Memory()*2 {
			t.Errorf("clone of %d bytes: %d bytes, %q\nwant %q", o.Memory(), c.Memory(), got, m)
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

// TestForms tests when a hash is kept in which form, and that a value of the same size is written in place.
func TestForms(t *testing.T) {
	store := keyspace.New(1, 1)
	db := store.DB(0)
	key, limits := []byte("k"), Limits{Entries: 3, Value: 5}
	set := func(field, value string) keyspace.Encoding {
		h := Edit(db, key, db.Find(key), limits)
		h.Set([]byte(field), []byte(value))
		h.Store()
		return db.Find(key).Encoding()
	}
	for i, tt := range []struct {
		field, value string
		want         keyspace.Encoding
	}{
		{"a", "12345", keyspace.Listpack}, {"b", "x", keyspace.Listpack}, {"c", "", keyspace.Listpack}, {"b", "yy", keyspace.Listpack},
		{"d", "", keyspace.Hashtable}, {"", "", keyspace.Hashtable},
	} {
		if got := set(tt.field, tt.value); got != tt.want {
			t.Errorf("%d: %s = %s: %v, want %v", i, tt.field, tt.value, got, tt.want)
		}
	}
	db.Delete(key)
	if got := set("field", "123456"); got != keyspace.Hashtable {
		t.Errorf("a long value: %v", got)
	}
	db.Delete(key)
	if got := set("fields", "1"); got != keyspace.Hashtable {
		t.Errorf("a long field: %v", got)
	}
	db.Delete(key)
	set("a", "abc")
	set("b", "1")
	limits.Entries = 1
	if got := set("b", "2"); got != keyspace.Hashtable {
		t.Errorf("more fields than a smaller limit allows: %v", got)
	}
	db.Delete(key)
	limits.Entries = 3
	set("a", "abc")
	place := db.Find(key).Bytes()
	set("a", "xyz")
	if !bytes.Contains(place, []byte("xyz")) {
		t.Error("a value of the same size is not written in place")
	}
}

func TestBuilder(t *testing.T) {
	store := keyspace.New(2, 1)
	for _, n := range []int{0, 1, 3, 4, 100} {
		for _, discard := range []bool{true, false} {
			b := Build(store, Limits{Entries: 3, Value: 64})
			for i := range n {
				if field := []byte(fmt.Sprint(i)); !b.Add(field, field) || b.Add(field, field) {
					t.Errorf("field %d of %d: was there, or could be added twice", i, n)
				}
			}
			if b.Len() != n {
				t.Errorf("%d fields, want %d", b.Len(), n)
			}
			if discard {
				b.Discard()
				if used := store.Heap.Used(); used != 0 {
					t.Errorf("%d fields: %d bytes are left", n, used)
				}
				continue
			}
			e := b.Store(store.DB(1), []byte("k"))
			if e.Exists() != (n > 0) || Len(e) != n || store.DB(1).Len() != min(n, 1) {
				t.Errorf("%d fields: stored %d", n, Len(e))
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
	h := New(store)
	for _, n := range []int{0, 1, 127, 128, 16383, 16384, 70000} {
		long := bytes.Repeat([]byte("x"), n)
		for range 2 { // made, and replaced
			h.Set(long, long)
			h.Set([]byte("f"), long)
			for _, field := range [][]byte{long, []byte("f")} {
				if got, ok := h.Get(field); !ok || !bytes.Equal(got, long) {
					t.Errorf("%d bytes: %d bytes, %v", n, len(got), ok)
				}
			}
			h.Set(long, nil)
			if got, ok := h.Get(long); !ok || len(got) != 0 {
				t.Errorf("%d bytes: %q, %v", n, got, ok)
			}
		}
	}
	h.Free(1 << 20)
	if used := store.Heap.Used(); used != 0 {
		t.Errorf("%d bytes are left", used)
	}
}
