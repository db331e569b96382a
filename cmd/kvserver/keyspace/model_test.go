package keyspace

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// pieces is an Object of n slab allocations.
type pieces struct {
	s    *Store
	refs []slab.Ref
}

func newPieces(s *Store, n int) *pieces {
	p := &pieces{s: s}
	for range n {
		p.refs = append(p.refs, s.Heap.Alloc(24))
	}
	return p
}

func (p *pieces) Bytes() int    { return 4 * cap(p.refs) }
func (p *pieces) Memory() int   { return p.Bytes() + 32*len(p.refs) }
func (p *pieces) Clone() Object { return newPieces(p.s, len(p.refs)) }
func (p *pieces) Free(n int) (int, bool) {
	for n > 0 && len(p.refs) > 0 {
		last := len(p.refs) - 1
		p.s.Heap.Free(p.refs[last])
		p.refs = p.refs[:last]
		n--
	}
	return n, len(p.refs) == 0
}

// model is what a database should hold.
type model map[string]*modelValue

type modelValue struct {
	value  []byte
	object int // pieces; 0: value is in the entry
	expiry int64
}

// run does steps random operations on three databases and compares them with the model after each.
func run(t *testing.T, seed uint64, steps int) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	s := New(3, seed)
	now := int64(1_000_000)
	s.SetNow(now)
	want := []model{{}, {}, {}}
	s.OnExpired = func(db *DB, key []byte) {
		v := want[db.ID][string(key)]
		if v == nil || v.expiry == 0 || v.expiry > now {
			t.Fatalf("seed %d: key %q expired too early: %+v", seed, key, v)
		}
		delete(want[db.ID], string(key))
	}
	name := func() []byte {
		if rnd.IntN(20) == 0 {
			return bytes.Repeat([]byte{'k'}, 200+rnd.IntN(200))
		}
		return fmt.Appendf(nil, "key:%d", rnd.IntN(200))
	}
	value := func() []byte {
		v := make([]byte, []int{0, 3, 20, 250, 260, 3000}[rnd.IntN(6)]+rnd.IntN(8))
		for i := range v {
			v[i] = byte(rnd.Uint32())
		}
		return v
	}
	for step := range steps {
		id := rnd.IntN(3)
		db, m := s.DB(id), want[id]
		key := name()
		e := db.Find(key)
		v := m[string(key)]
		if v != nil && v.expiry != 0 && v.expiry <= now {
			t.Fatalf("seed %d step %d: %q was not removed when it was due", seed, step, key)
		}
		if e.Exists() != (v != nil) {
			t.Fatalf("seed %d step %d: key %q exists %v, want %v", seed, step, key, e.Exists(), v != nil)
		}
		switch op := rnd.IntN(13); {
		case op < 3 && v == nil:
			val := value()
			db.Create(key, String, Embstr, val)
			m[string(key)] = &modelValue{value: val}
		case op == 3 && v == nil:
			n := 1 + rnd.IntN(300)
			db.CreateObject(key, Set, Hashtable, newPieces(s, n))
			m[string(key)] = &modelValue{object: n}
		case v == nil:
		case op < 4:
			val := value()
			e.SetBytes(Embstr, val)
			v.value, v.object = val, 0
		case op == 4:
			n := 1 + rnd.IntN(300)
			e.SetObject(Hashtable, newPieces(s, n))
			v.value, v.object = nil, n
		case op == 5:
			v.expiry = now + int64(rnd.IntN(500)) + 1
			e.SetExpiry(v.expiry)
		case op == 6:
			if had := e.Persist(); had != (v.expiry != 0) {
				t.Fatalf("seed %d step %d: persist reports %v", seed, step, had)
			}
			v.expiry = 0
		case op == 7:
			e.Delete()
			delete(m, string(key))
		case op == 8:
			to := rnd.IntN(3)
			other := name()
			if s.DB(to).Peek(other).Exists() {
				break
			}
			e.Rename(s.DB(to), other)
			delete(m, string(key))
			want[to][string(other)] = v
		case op == 9:
			now += int64(rnd.IntN(200))
			s.SetNow(now)
			s.ExpireSome()
		case op == 10 && rnd.IntN(20) == 0:
			if n := db.Flush(); n != len(m) {
				t.Fatalf("seed %d step %d: flushed %d keys of %d", seed, step, n, len(m))
			}
			clear(m)
		case op == 11 && rnd.IntN(10) == 0:
			j := rnd.IntN(3)
			s.Swap(id, j)
			want[id], want[j] = want[j], want[id]
		case op == 12:
			s.Collect(rnd.IntN(100))
		}
		s.Settle()
		if step%50 == 0 {
			compare(t, s, want, now)
		}
	}
	compare(t, s, want, now)
	for i := range want {
		s.DB(i).Flush()
	}
	for s.Collect(10) {
	}
	if used := s.Heap.Used(); used != 0 {
		t.Errorf("seed %d: %d bytes of the slab are in use though everything was deleted", seed, used)
	}
	if s.objects.bytes != 0 {
		t.Errorf("seed %d: objects count %d bytes though there are none", seed, s.objects.bytes)
	}
}

func compare(t *testing.T, s *Store, want []model, now int64) {
	t.Helper()
	for i, m := range want {
		db := s.DB(i)
		expires := 0
		seen := map[string]bool{}
		db.All(func(e Entry) bool {
			key := string(e.Key())
			seen[key] = true
			v := m[key]
			if v == nil {
				t.Fatalf("key %q should not be there", key)
			}
			at, _ := e.Expiry()
			if at != v.expiry {
				t.Fatalf("key %q ends at %d, want %d", key, at, v.expiry)
			}
			if v.object > 0 {
				if p, ok := e.Object().(*pieces); !ok || len(p.refs) != v.object {
					t.Fatalf("key %q: another object than %d pieces", key, v.object)
				}
			} else if !bytes.Equal(e.Bytes(), v.value) {
				t.Fatalf("key %q has %d bytes, want %d, or others", key, len(e.Bytes()), len(v.value))
			}
			return true
		})
		for key, v := range m {
			if v.expiry != 0 {
				expires++
			}
			if !seen[key] && (v.expiry == 0 || v.expiry > now) {
				t.Fatalf("key %q is missing", key)
			}
		}
		if db.Len() != len(m) || db.Expires() != expires {
			t.Fatalf("database %d has %d keys, %d of them with an expiry; want %d, %d", i, db.Len(), db.Expires(), len(m), expires)
		}
	}
}

func TestModel(t *testing.T) {
	for seed := range uint64(20) {
		run(t, seed, 3000)
	}
}
