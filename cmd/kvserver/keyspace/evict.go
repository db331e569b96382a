package keyspace

import "math"

// A Policy says which keys go when memory is short: maxmemory-policy.
type Policy uint8

// Policies. Those that begin with Volatile take only keys with an expiry.
const (
	NoEviction Policy = iota
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
)

// PolicyNames has the names of policies by their values.
var PolicyNames = [...]string{"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu",
	"volatile-random", "volatile-ttl"}

func (p Policy) String() string { return PolicyNames[p] }

func (p Policy) frequency() bool { return p == AllKeysLFU || p == VolatileLFU }
func (p Policy) volatile() bool  { return p >= VolatileLRU }
func (p Policy) random() bool    { return p == AllKeysRandom || p == VolatileRandom }

// Frequency reports whether the policy counts accesses; the others keep the time of the last.
func (p Policy) Frequency() bool { return p.frequency() }

// poolSize is how many of the best candidates are remembered from one eviction to the next, which makes a small sample
// nearly as good as a true order (antirez.com/news/109).
const poolSize = 16

// pool has candidates by ascending score; the last goes first.
type pool struct {
	candidates []candidate
}

type candidate struct {
	score uint64
	db    *DB
	key   []byte
}

// Evict removes one key as the policy says, of samples that it looks at in each database. It reports whether there was one.
func (s *Store) Evict(samples int) bool {
	if s.Policy == NoEviction {
		return false
	}
	if s.Policy.random() {
		for range s.dbs {
			db := s.dbs[s.turn%len(s.dbs)]
			s.turn++
			if e := db.Random(s.Rand); s.Policy == AllKeysRandom && e.Exists() {
				db.evict(e)
				return true
			}
			if s.Policy == VolatileRandom {
				if ref := db.expires.Random(s.Rand); ref != 0 {
					db.evict(Entry{db: db, ref: ref, hash: s.hashOf(ref)})
					return true
				}
			}
		}
		return false
	}
	for {
		any := false
		for _, db := range s.dbs {
			any = s.sample(db, samples) || any
		}
		if !any {
			return false
		}
		for len(s.pool.candidates) > 0 {
			last := len(s.pool.candidates) - 1
			c := s.pool.candidates[last]
			s.pool.candidates = s.pool.candidates[:last]
			if e := c.db.Peek(c.key); e.Exists() && (!s.Policy.volatile() || e.hasExpiry()) {
				c.db.evict(e)
				return true
			}
		}
	}
}

func (e Entry) hasExpiry() bool { return e.raw()[offFlags]&hasExpiry != 0 }

// sample fills the pool and reports whether the database has a candidate.
func (s *Store) sample(db *DB, samples int) bool {
	from := db.keys
	if s.Policy.volatile() {
		from = db.expires
	}
	if from.Len() == 0 {
		return false
	}
	for range samples {
		ref := from.Random(s.Rand)
		e := Entry{db: db, ref: ref}
		s.offer(candidate{score: s.score(e), db: db}, e)
	}
	return true
}

// score is larger for what goes sooner.
func (s *Store) score(e Entry) uint64 {
	switch s.Policy {
	case VolatileTTL:
		at, _ := e.Expiry()
		return math.MaxUint64 - uint64(at)
	case AllKeysLFU, VolatileLFU:
		return uint64(255 - e.Frequency())
	}
	return uint64(e.Idle())
}

// offer puts a candidate in its place of the pool, if it is good enough.
func (s *Store) offer(c candidate, e Entry) {
	p := &s.pool
	i := 0
	for i < len(p.candidates) && p.candidates[i].score < c.score {
		i++
	}
	if i == 0 && len(p.candidates) == poolSize {
		return
	}
	c.key = append([]byte(nil), e.Key()...)
	if len(p.candidates) < poolSize {
		p.candidates = append(p.candidates, candidate{})
		copy(p.candidates[i+1:], p.candidates[i:])
		p.candidates[i] = c
		return
	}
	copy(p.candidates, p.candidates[1:i]) // the worst leaves
	p.candidates[i-1] = c
}

// evict removes an entry to make room.
func (db *DB) evict(e Entry) {
	s := db.store
	key := append(s.keyBuf[:0], e.Key()...)
	s.keyBuf = nil // it is in use until the callback returns
	e.Delete()
	s.Stats.Evicted++
	if s.OnEvicted != nil {
		s.OnEvicted(db, key)
	}
	s.keepBuffer(key)
}
