package keyspace

import "testing"

// The memory of a long key goes with it, however the key goes.
func TestLongKeyIsLetGo(t *testing.T) {
	s := New(1, 1)
	s.Policy = AllKeysRandom
	db := s.DB(0)
	key := make([]byte, 1<<20)
	for _, c := range []struct {
		name string
		at   int64
		end  func()
	}{
		{"expired", 1000, func() { s.ExpireSome() }},
		{"evicted", 0, func() { s.Evict(1) }},
	} {
		s.SetNow(1)
		db.SetString(db.Find(key), key, []byte("v"), c.at)
		s.SetNow(1000)
		if c.end(); db.Len() != 0 {
			t.Fatalf("%s: the key is there", c.name)
		}
		if n := cap(s.keyBuf); n >= len(key) {
			t.Errorf("%s: %d bytes are kept", c.name, n)
		}
		s.keyBuf = nil
	}
}
