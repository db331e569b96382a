package keyspace

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// stringModel is a key as SetString, Extend and the like should leave it.
type stringModel struct {
	value  []byte
	expiry int64
}

func checkString(t *testing.T, db *DB, key []byte, want *stringModel) {
	t.Helper()
	e := db.Find(key)
	if e.Exists() != (want != nil) {
		t.Fatalf("key %q exists: %v", key, e.Exists())
	}
	if want == nil {
		return
	}
	var digits [20]byte
	if got := e.String(digits[:0]); !bytes.Equal(got, want.value) {
		t.Fatalf("key %q is %.60q (%d bytes), want %.60q (%d)", key, got, len(got), want.value, len(want.value))
	}
	if got := e.AppendString([]byte("x")); string(got) != "x"+string(want.value) {
		t.Fatalf("AppendString gives %.60q", got)
	}
	if n := e.StringLen(); n != len(want.value) {
		t.Fatalf("StringLen is %d, want %d", n, len(want.value))
	}
	if e.Type() != String {
		t.Fatalf("type %v", e.Type())
	}
	if at, _ := e.Expiry(); at != want.expiry {
		t.Fatalf("key %q expires at %d, want %d", key, at, want.expiry)
	}
	n, err := strconv.ParseInt(string(want.value), 10, 64)
	isInt := err == nil && strconv.FormatInt(n, 10) == string(want.value)
	if got, ok := e.Int(); ok != isInt || ok && got != n {
		t.Fatalf("%.40q as an integer: %d %v", want.value, got, ok)
	}
}

// randomLen crosses the widths of entries, embstrMax and EmbedMax.
func randomLen(rnd *rand.Rand) int {
	limits := []int{0, 1, 8, embstrMax, 255, 256, 1000, EmbedMax, EmbedMax + 1, 3 * EmbedMax}
	return max(0, limits[rnd.IntN(len(limits))]+rnd.IntN(5)-2)
}

// Random sets and extensions leave what a model says, and memory that is all given back.
func TestStringsAgainstModel(t *testing.T) {
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s := New(1, 1)
		s.SetNow(1000)
		db := s.DB(0)
		want := map[string]*stringModel{}
		for range 6000 {
			key := []byte(strings.Repeat("k", []int{1, 5, 255, 300}[rnd.IntN(4)]) + strconv.Itoa(rnd.IntN(3)))
			m := want[string(key)]
			var expiry int64
			at := []int64{0, KeepExpiry, 5_000_000 + int64(rnd.IntN(9))}[rnd.IntN(3)]
			switch {
			case at != KeepExpiry:
				expiry = at
			case m != nil:
				expiry = m.expiry
			}
			v := bytes.Repeat([]byte{byte('a' + rnd.IntN(26))}, randomLen(rnd))
			e := db.Find(key)
			switch rnd.IntN(8) {
			case 0, 1:
				want[string(key)] = &stringModel{bytes.Clone(v), expiry}
				db.SetString(e, key, v, at)
			case 2:
				v = strconv.AppendInt(nil, int64(rnd.Uint64())>>rnd.IntN(64), 10)
				want[string(key)] = &stringModel{bytes.Clone(v), expiry}
				if e = db.SetString(e, key, v, at); e.Encoding() != Int {
					t.Fatalf("%s is kept as %v", v, e.Encoding())
				}
			case 3:
				v = []byte("123")
				want[string(key)] = &stringModel{v, expiry}
				if e = db.SetText(e, key, v, at); e.Encoding() != Embstr {
					t.Fatalf("%s is kept as %v", v, e.Encoding())
				}
				if e = db.SetRaw(e, key, v, at); e.Encoding() != Raw {
					t.Fatalf("%s is kept as %v", v, e.Encoding())
				}
			case 4:
				n := int64(rnd.Uint64())
				want[string(key)] = &stringModel{strconv.AppendInt(nil, n, 10), expiry}
				db.SetInt(e, key, n, at)
			case 5, 6:
				if m == nil {
					m = &stringModel{}
					want[string(key)] = m
				}
				n := randomLen(rnd)
				if rnd.IntN(2) == 0 {
					n = len(m.value) + rnd.IntN(20)
				}
				for len(m.value) < n {
					m.value = append(m.value, 0)
				}
				got := db.Extend(&e, key, n)
				if len(got) != len(m.value) || cap(got) < len(got) {
					t.Fatalf("Extend to %d gives %d bytes, want %d", n, len(got), len(m.value))
				}
				if n > 0 {
					got[n-1], m.value[n-1] = 'E', 'E'
				}
			case 7:
				delete(want, string(key))
				if e.Exists() {
					e.Delete()
				}
			}
			s.Settle()
			checkString(t, db, key, want[string(key)])
		}
		for key, m := range want {
			checkString(t, db, []byte(key), m)
			db.Delete([]byte(key))
		}
		s.Settle()
		if s.Heap.Used() != 0 || s.objects.bytes != 0 || db.Expires() != 0 {
			t.Errorf("after all is deleted: %d bytes in the slab, %d outside, %d expire", s.Heap.Used(), s.objects.bytes, db.Expires())
		}
	}
}

// A string takes the place of a value of another type.
func TestSetStringReplacesAnyType(t *testing.T) {
	for _, v := range []string{"short", "12", strings.Repeat("x", 2*EmbedMax)} {
		s := New(1, 1)
		db := s.DB(0)
		key := []byte("k")
		db.CreateObject(key, List, Quicklist, newPieces(s, 10))
		db.SetString(db.Find(key), key, []byte(v), 0)
		s.Settle()
		checkString(t, db, key, &stringModel{value: []byte(v)})
		db.Delete(key)
		if s.Heap.Used() != 0 || s.Garbage() != 0 {
			t.Errorf("%.10s: %d bytes are left", v, s.Heap.Used())
		}
	}
}

// A long value is taken over as it is, but not with much spare memory.
func TestLongStringIsTakenOver(t *testing.T) {
	s := New(1, 1)
	db := s.DB(0)
	key := []byte("k")
	v := make([]byte, 2*EmbedMax)
	e := db.SetString(db.Find(key), key, v, 0)
	if got := e.String(nil); &got[0] != &v[0] {
		t.Error("a long value was copied")
	}
	e = db.SetString(e, key, make([]byte, 2*EmbedMax, 8*EmbedMax), 0)
	if got := e.String(nil); cap(got) > 3*EmbedMax {
		t.Errorf("a value of %d bytes keeps %d", len(got), cap(got))
	}
}

// Appending a byte at a time copies no more than a few times the result.
func TestExtendDoubles(t *testing.T) {
	s := New(1, 1)
	db := s.DB(0)
	key := []byte("k")
	e := db.Find(key)
	moved := 0
	var last *byte
	for n := EmbedMax + 1; n < 64*EmbedMax; n++ {
		if p := &db.Extend(&e, key, n)[0]; p != last {
			last = p
			moved++
		}
	}
	if moved > 8 {
		t.Errorf("a string that grew 64 times as long moved %d times", moved)
	}
}
