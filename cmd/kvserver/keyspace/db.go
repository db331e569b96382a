package keyspace

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
	"github.com/catamaran-os/catamaran/cmd/kvserver/table"
)

// A DB is one database.
type DB struct {
	ID      int // as of SELECT; changed by SWAPDB
	store   *Store
	keys    *table.Table
	expires *table.Table // the entries of keys with an expiry
	cursor  uint64       // of the active expiration, in expires
	warmed  byte         // see Warm
}

func (s *Store) newDB(id int) *DB {
	return &DB{ID: id, store: s, keys: table.New(s.hashOf), expires: table.New(s.hashOf)}
}

// Store returns the store that the database is part of.
func (db *DB) Store() *Store { return db.store }

// Len returns the number of keys, including those that are due and not yet removed.
func (db *DB) Len() int { return db.keys.Len() }

// Expires returns the number of keys with an expiry.
func (db *DB) Expires() int { return db.expires.Len() }

// Peek returns the entry of a key, without an effect on its access time. A key that is due is removed and not returned.
func (db *DB) Peek(key []byte) Entry {
	hash := maphash.Bytes(db.store.seed, key)
	for c := db.keys.Seek(hash); c.Next(); {
		ref := c.Ref()
		b := db.store.Heap.Bytes(ref)
		if !bytes.Equal(keyOf(b), key) {
			continue
		}
		e := Entry{db: db, ref: ref, hash: hash}
		if b[offFlags]&hasExpiry != 0 && db.expired(e) {
			break
		}
		return e
	}
	return Entry{db: db, hash: hash} // for SetString
}

// Find returns the entry of a key for a command that changes it, and notes the access.
func (db *DB) Find(key []byte) Entry {
	e := db.Peek(key)
	if e.ref == 0 {
		return e
	}
	b := e.raw()
	db.store.access(b)
	if b[offFlags]&isObject != 0 {
		db.store.touched(objectIndex(b))
	}
	return e
}

// Read returns the entry of a key for a command that only reads it, notes the access, and counts a hit or a miss.
func (db *DB) Read(key []byte) Entry {
	e := db.Look(key)
	if e.ref != 0 {
		db.store.access(e.raw())
	}
	return e
}

// Look is Read for what is no use of the value: the time of the last access stays.
func (db *DB) Look(key []byte) Entry {
	e := db.Peek(key)
	if e.ref != 0 {
		db.store.Stats.Hits++
		return e
	}
	db.store.Stats.Misses++
	if db.store.OnMissed != nil {
		db.store.OnMissed(db, key)
	}
	return e
}

// expired reports whether the entry is due, and removes it, unless it has to stay.
func (db *DB) expired(e Entry) bool {
	at, ok := e.Expiry()
	if !ok || at > db.store.now {
		return false
	}
	if db.store.NoExpire {
		return db.store.HideDue
	}
	db.expire(e)
	return true
}

func (db *DB) expire(e Entry) {
	s := db.store
	key := append(s.keyBuf[:0], e.Key()...)
	s.keyBuf = nil // it is in use until the callback returns
	e.Delete()
	s.Stats.Expired++
	if s.OnExpired != nil {
		s.OnExpired(db, key)
	}
	s.keepBuffer(key)
}

// keyBufMax is the longest copy of a key whose memory is kept for the next.
const keyBufMax = 4 << 10

func (s *Store) keepBuffer(key []byte) {
	if cap(key) <= keyBufMax {
		s.keyBuf = key
	}
}

// Create makes a key that does not exist, with a copy of value in the entry.
func (db *DB) Create(key []byte, typ Type, enc Encoding, value []byte) Entry {
	e, place := db.create(db.store.Hash(key), key, typ, enc, len(value), false, 0)
	copy(place, value)
	return e
}

// CreateObject makes a key that does not exist, with an Object that the store owns from here on.
func (db *DB) CreateObject(key []byte, typ Type, enc Encoding, o Object) Entry {
	index := db.store.objects.add(o)
	e, place := db.create(db.store.Hash(key), key, typ, enc, 4, true, 0)
	binary.LittleEndian.PutUint32(place, index)
	db.store.touched(index)
	return e
}

func (db *DB) create(hash uint64, key []byte, typ Type, enc Encoding, n int, object bool, expiry int64) (Entry, []byte) {
	s := db.store
	sh := shape{kind: byte(typ)<<4 | byte(enc), object: object, access: s.fresh(), expiry: expiry, key: key, valueLen: n}
	ref := s.Heap.Alloc(sh.size())
	value := sh.write(s.Heap.Bytes(ref))
	db.keys.Insert(hash, ref)
	if expiry != 0 {
		db.expiring(hash, ref)
	}
	return Entry{db: db, ref: ref, hash: hash}, value
}

// expiring takes an entry that has an expiry into its table.
func (db *DB) expiring(hash uint64, ref slab.Ref) {
	db.expires.Insert(hash, ref)
	db.store.NewExpiry = true
}

// replace puts a remade entry in place of the old one.
func (db *DB) replace(hash uint64, old, ref slab.Ref, had, expires bool) {
	for c := db.keys.Seek(hash); c.Next(); {
		if c.Ref() == old {
			c.Replace(ref)
			break
		}
	}
	if !had {
		if expires {
			db.expiring(hash, ref)
		}
		return
	}
	for c := db.expires.Seek(hash); c.Next(); {
		if c.Ref() == old {
			if expires {
				c.Replace(ref)
			} else {
				c.Remove()
			}
			return
		}
	}
}

// remove takes an entry out of the tables and frees it.
func (db *DB) remove(hash uint64, ref slab.Ref) {
	s := db.store
	b := s.Heap.Bytes(ref)
	for c := db.keys.Seek(hash); c.Next(); {
		if c.Ref() == ref {
			c.Remove()
			break
		}
	}
	if b[offFlags]&hasExpiry != 0 {
		for c := db.expires.Seek(hash); c.Next(); {
			if c.Ref() == ref {
				c.Remove()
				break
			}
		}
	}
	s.freeEntry(ref, b)
}

// Delete removes a key and reports whether there was one.
func (db *DB) Delete(key []byte) bool {
	e := db.Peek(key)
	if !e.Exists() {
		return false
	}
	e.Delete()
	return true
}

// Rename gives the value and the expiry of an entry to another key, which must not exist, in the same or another database.
func (e *Entry) Rename(to *DB, key []byte) Entry {
	b := e.raw()
	sh := e.shape(b)
	h := layout(b)
	moved, place := to.create(to.store.Hash(key), key, e.Type(), e.Encoding(), h.valueLen, sh.object, sh.expiry)
	b = e.raw()
	copy(place, b[h.offValue:h.offEnd])
	b[offFlags] &^= isObject // it has moved
	e.Delete()
	return moved
}

// Flush removes all keys at once; their memory is freed by Collect. It returns how many there were.
func (db *DB) Flush() int {
	n := db.keys.Len()
	if n > 0 {
		db.store.garbage = append(db.store.garbage, &flushed{store: db.store, keys: db.keys})
	}
	db.keys, db.expires, db.cursor = table.New(db.store.hashOf), table.New(db.store.hashOf), 0
	return n
}

// Scan calls fn for the entries of one step and returns the next cursor, 0 at the end: Redis's guarantees for SCAN. Entries
// that are due are left out. fn must not change the database.
func (db *DB) Scan(cursor uint64, fn func(Entry)) uint64 {
	return db.keys.Scan(cursor, func(ref slab.Ref) { db.visit(ref, fn) })
}

// All calls fn for every entry that is not due, until it returns false. fn must not change the database.
func (db *DB) All(fn func(Entry) bool) {
	db.keys.All(func(ref slab.Ref) bool {
		goOn := true
		db.visit(ref, func(e Entry) { goOn = fn(e) })
		return goOn
	})
}

func (db *DB) visit(ref slab.Ref, fn func(Entry)) {
	e := Entry{db: db, ref: ref, hash: db.store.hashOf(ref)}
	if at, ok := e.Expiry(); ok && at <= db.store.now && (!db.store.NoExpire || db.store.HideDue) {
		return
	}
	fn(e)
}

// Random returns an entry, each with the same probability, or none.
func (db *DB) Random(rnd func() uint64) Entry {
	for range 100 { // of a database full of keys that are due, which are removed by this
		ref := db.keys.Random(rnd)
		if ref == 0 {
			return Entry{}
		}
		e := Entry{db: db, ref: ref, hash: db.store.hashOf(ref)}
		if !db.expired(e) {
			return e
		}
	}
	return Entry{}
}
