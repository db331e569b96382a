package keyspace

import (
	"hash/maphash"
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A Store is the databases of one server and the memory that they share.
type Store struct {
	Heap      *slab.Heap
	Stats     Stats
	Policy    Policy
	LFU       LFU
	NoExpire  bool // keys that are due stay
	HideDue   bool // and are not found: for commands that only read
	LazyOnly  bool // keys that are due stay until they are looked for
	OnExpired func(db *DB, key []byte)
	OnEvicted func(db *DB, key []byte)
	OnMissed  func(db *DB, key []byte) // Read or Look has found no such key; may be nil
	// NewExpiry is set when a key is given an expiry: ExpireSome has work from here on. Its owner takes it back.
	NewExpiry bool
	Scratch   [Hash + 1]any // by Type: what commands keep from one call to the next to work on small values

	dbs     []*DB
	objects objectTable
	changed []uint32 // objects that a command may have made larger or smaller
	garbage []freer
	seed    maphash.Seed
	now     int64 // Unix milliseconds
	keyBuf  []byte
	rnd     random
	pool    pool
	turn    int // the database that expiration looks at next
}

// Stats counts what happened to keys.
type Stats struct {
	Hits, Misses, Expired, Evicted uint64
	LazyFreed                      uint64 // objects and databases that were freed a piece at a time
}

// New makes a store of n databases. seed makes its random choices repeatable; hashing has a random seed of its own.
func New(n int, seed uint64) *Store {
	s := &Store{Heap: slab.New(), seed: maphash.MakeSeed(), rnd: random{seed}, LFU: LFU{LogFactor: 10, DecayMinutes: 1}}
	for i := range n {
		s.dbs = append(s.dbs, s.newDB(i))
	}
	return s
}

// DB returns database i.
func (s *Store) DB(i int) *DB { return s.dbs[i] }

// Databases returns how many there are.
func (s *Store) Databases() int { return len(s.dbs) }

// Swap exchanges the contents of two databases.
func (s *Store) Swap(i, j int) {
	a, b := s.dbs[i], s.dbs[j]
	a.keys, b.keys = b.keys, a.keys
	a.expires, b.expires = b.expires, a.expires
	a.cursor, b.cursor = b.cursor, a.cursor
}

// SetNow sets the time, in Unix milliseconds.
func (s *Store) SetNow(ms int64) { s.now = ms }

// Now returns the time that was set.
func (s *Store) Now() int64 { return s.now }

// Hash returns the hash of a key or member.
func (s *Store) Hash(b []byte) uint64 { return maphash.Bytes(s.seed, b) }

// Seed returns the seed of Hash, for the tables of Objects.
func (s *Store) Seed() maphash.Seed { return s.seed }

// Rand returns 64 random bits.
func (s *Store) Rand() uint64 { return s.rnd.next() }

// Below returns a random number from 0 to n-1, each with the same probability; n is positive.
func (s *Store) Below(n int) int {
	for {
		i, low := bits.Mul64(s.rnd.next(), uint64(n))
		if low >= uint64(n) || low >= -uint64(n)%uint64(n) {
			return int(i)
		}
	}
}

func (s *Store) hashOf(ref slab.Ref) uint64 { return maphash.Bytes(s.seed, keyOf(s.Heap.Bytes(ref))) }

// touched notes that an object may change its size before the next Settle.
func (s *Store) touched(i uint32) {
	s.changed = append(s.changed, i)
}

// Settle counts the memory of the objects that a command has changed. Call it after each.
func (s *Store) Settle() {
	for _, i := range s.changed {
		s.objects.count(i)
	}
	s.changed = s.changed[:0]
}

// Used returns the bytes of keys and values.
func (s *Store) Used() int {
	n := s.Heap.Used() + s.objects.bytes
	for _, db := range s.dbs {
		n += db.keys.Bytes() + db.expires.Bytes()
	}
	return n
}

// A random is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
