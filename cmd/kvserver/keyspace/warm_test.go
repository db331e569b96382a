package keyspace

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// Warm changes nothing, whatever keys it is given, and a database is cold once it is large.
func TestWarm(t *testing.T) {
	s := New(1, 1)
	db := s.DB(0)
	var keys [][]byte
	db.Warm(keys)
	for i := range coldFrom + 1 {
		if cold := db.Cold(); cold != (i >= coldFrom) {
			t.Fatalf("cold with %d keys: %v", i, cold)
		}
		key := fmt.Appendf(nil, "%d", i)
		e := db.SetString(Entry{db: db, hash: s.Hash(key)}, key, make([]byte, i%100), int64(i%2*5000))
		e.SetAccess(7)
		keys = append(keys, key)
	}
	s.SetNow(10_000) // half of them are due
	for i := range 40 {
		db.Warm(append(keys[i*50:i*50+i], []byte("missing"), nil))
	}
	if n := testing.AllocsPerRun(10, func() { db.Warm(keys[:100]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if db.Len() != len(keys) || s.Stats != (Stats{}) {
		t.Errorf("%d keys of %d are left, counted: %+v", db.Len(), len(keys), s.Stats)
	}
	db.keys.All(func(ref slab.Ref) bool {
		if a := (Entry{db: db, ref: ref}).Access(); a != 7 {
			t.Errorf("the access time of a key is %d", a)
			return false
		}
		return true
	})
}
