package zset

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
)

// TestAppendScore compares with what C's printf(3) writes for %.17g.
func TestAppendScore(t *testing.T) {
	for _, c := range []struct {
		score float64
		want  string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1, "-1"}, {1.1, "1.1000000000000001"}, {0.1, "0.10000000000000001"},
		{0.5, "0.5"}, {1e15, "1000000000000000"}, {1e16, "10000000000000000"}, {1e17, "1e+17"}, {1e20, "1e+20"}, {1e100, "1e+100"},
		{1.5e-5, "1.5e-05"}, {1.1e-5, "1.1e-05"}, {0.0001, "0.0001"}, {4503599627370496, "4503599627370496"},
		{9007199254740993, "9007199254740992"}, {math.MaxFloat64, "1.7976931348623157e+308"},
		{5e-324, "4.9406564584124654e-324"}, {math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {3.0000000000000004, "3.0000000000000004"},
	} {
		if got := string(AppendScore(nil, c.score)); got != c.want {
			t.Errorf("%v: %q, want %q", c.score, got, c.want)
		}
		if f, ok := valueScore(listpack.ValueOf(AppendScore(nil, c.score))); !ok || f != c.score || math.Signbit(f) != math.Signbit(c.score) {
			t.Errorf("%v is read back as %v", c.score, f)
		}
	}
}

func pack(elements ...any) []byte {
	lp := listpack.New(nil)
	for _, e := range elements {
		lp = listpack.Append(lp, fmt.Append(nil, e))
	}
	return lp
}

func TestValid(t *testing.T) {
	for _, c := range []struct {
		name string
		lp   []byte
		want bool
	}{
		{"empty", pack(), false},
		{"one", pack("a", 1), true},
		{"order of scores", pack("b", 1, "a", 2.5), true},
		{"order of members", pack("a", 1, "b", 1), true},
		{"integers as members", pack(10, 1, 9, 1), true}, // as strings
		{"infinite", pack("a", "-inf", "b", 0, "c", "inf"), true},
		{"wrong order of scores", pack("a", 2, "b", 1), false},
		{"wrong order of members", pack("b", 1, "a", 1), false},
		{"integers as numbers", pack(9, 1, 10, 1), false},
		{"the same member", pack("a", 1, "a", 1), false},
		{"text as score", pack("a", "x"), false},
		{"nan", pack("a", "nan"), false},
		{"empty score", pack("a", ""), false},
	} {
		if got := valid(c.lp); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestLongMember has members around the lengths where the node's header changes.
func TestLongMember(t *testing.T) {
	store := keyspace.New(1, 1)
	db := store.DB(0)
	key := []byte("key")
	m := map[string]float64{}
	for i, n := range []int{0, 1, 1 << 16, longLen - 1, longLen, longLen + 1} {
		s := Edit(db, key, db.Find(key), Limits{Entries: 128, Value: 64})
		member := bytes.Repeat([]byte{byte('a' + i)}, n)
		s.Insert(member, float64(-i))
		m[string(member)] = float64(-i)
	}
	s := View(db.Peek(key))
	verify(t, &s, m)
	db.Delete(key)
	for store.Collect(1) {
	}
	if n := store.Heap.Used(); n != 0 {
		t.Errorf("%d bytes of the slab are in use after everything was deleted", n)
	}
}

func TestScanAndRandom(t *testing.T) {
	for _, limits := range []Limits{{}, {Entries: 1000, Value: 100}} {
		store := keyspace.New(1, 1)
		db := store.DB(0)
		key := []byte("key")
		const n = 200
		for i := range n {
			s := Edit(db, key, db.Find(key), limits)
			s.Insert(fmt.Append(nil, "m", i), float64(i))
		}
		s := View(db.Peek(key))
		seen := map[string]float64{}
		steps := 0
		for cursor := uint64(0); ; steps++ {
			cursor = s.Scan(cursor, func(member []byte, score float64) { seen[string(member)] = score })
			if cursor == 0 {
				break
			}
		}
		if len(seen) != n || seen["m17"] != 17 {
			t.Errorf("limits %v: a scan met %d elements of %d", limits, len(seen), n)
		}
		drawn := map[Pos]int{}
		for range n * 50 {
			drawn[s.Random(store)]++
		}
		if len(drawn) != n || drawn[0] != 0 {
			t.Errorf("limits %v: %d different elements were drawn, want %d", limits, len(drawn), n)
		}
		for p, times := range drawn {
			if times < 10 || times > 120 { // 50 on average: 5.6 and 9.9 standard deviations
				t.Errorf("limits %v: %q was drawn %d times of %d", limits, s.Member(p), times, n*50)
			}
		}
	}
	s := View(keyspace.Entry{})
	if s.Random(keyspace.New(1, 1)) != 0 || s.At(0) != 0 || s.Len() != 0 || s.Find(nil) != 0 {
		t.Error("a set that does not exist has elements")
	}
}

func TestStoreListpack(t *testing.T) {
	for _, c := range []struct {
		name   string
		lp     []byte
		limits Limits
		form   keyspace.Encoding // Embstr: refused
	}{
		{"small", pack("a", 1, "b", 2.5), Limits{2, 1}, keyspace.Listpack},
		{"too many", pack("a", 1, "b", 2.5), Limits{1, 1}, keyspace.Skiplist},
		{"too long", pack("a", 1, "b", 2, "123", 3), Limits{9, 2}, keyspace.Skiplist},
		{"empty", pack(), Limits{9, 9}, keyspace.Embstr},
		{"a member twice", pack("a", 1, "b", 2, "a", 3), Limits{9, 9}, keyspace.Embstr},
		{"order", pack("a", 2, "b", 1), Limits{9, 9}, keyspace.Embstr},
	} {
		store := keyspace.New(1, 1)
		e := StoreListpack(store.DB(0), []byte("key"), c.lp, c.limits)
		if e.Exists() != (c.form != keyspace.Embstr) {
			t.Errorf("%s: stored: %v", c.name, e.Exists())
			continue
		}
		if !e.Exists() {
			if store.DB(0).Len() != 0 || store.Heap.Used() != 0 {
				t.Errorf("%s: something was left behind", c.name)
			}
			continue
		}
		s := View(e)
		if e.Encoding() != c.form || s.Len() != listpack.Len(c.lp)/2 || s.Score(s.Find([]byte("b"))) != small(c.lp).score(small(c.lp).find([]byte("b"))) {
			t.Errorf("%s: a %v of %d elements", c.name, e.Encoding(), s.Len())
		}
	}
}

// FuzzListpack stores whatever is a listpack of pairs, and changes it.
func FuzzListpack(f *testing.F) {
	f.Add(pack("a", 1, "b", 2.5, 17, "inf"))
	f.Add(pack("b", 1, "a", 1))
	f.Add(pack())
	f.Fuzz(func(t *testing.T, lp []byte) {
		if !listpack.Valid(lp, true) {
			return
		}
		store := keyspace.New(1, 1)
		db := store.DB(0)
		for _, limits := range []Limits{{}, {1 << 20, 1 << 20}} {
			e := StoreListpack(db, []byte("key"), lp, limits)
			if !e.Exists() {
				continue
			}
			m := map[string]float64{}
			s := Edit(db, []byte("key"), e, limits)
			for p := s.At(0); p != 0; p = s.Next(p) {
				m[string(s.Member(p))] = s.Score(p)
			}
			verify(t, &s, m)
			first := s.At(0)
			member := bytes.Clone(s.Member(first))
			s.SetScore(first, member, 3)
			m[string(member)] = 3
			verify(t, &s, m)
			s.RemoveRange(0, s.Len())
			s.Delete()
		}
	})
}
