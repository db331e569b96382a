package keyspace

import "github.com/catamaran-os/catamaran/cmd/kvserver/slab"

const (
	expireStep  = 20 // keys that are looked at before it is decided whether to go on
	expireLimit = 16 // steps of one database in one call
)

// ExpireSome removes keys that are due, of some databases: it goes on in a database for as long as a tenth of what it looks
// at is due, and looks at no more than a few hundred keys. It reports whether it stopped with more to do.
func (s *Store) ExpireSome() (more bool) {
	if s.NoExpire || s.LazyOnly {
		return false
	}
	for range s.dbs {
		db := s.dbs[s.turn%len(s.dbs)]
		s.turn++
		if db.expires.Len() > 0 && db.expireSome() {
			more = true
		}
	}
	return more
}

func (db *DB) expireSome() (more bool) {
	var due []slab.Ref
	for range expireLimit {
		looked := 0
		due = due[:0]
		for looked < expireStep && db.expires.Len() > 0 {
			db.cursor = db.expires.Scan(db.cursor, func(ref slab.Ref) {
				looked++
				e := Entry{db: db, ref: ref}
				if at, ok := e.Expiry(); ok && at <= db.store.now {
					due = append(due, ref)
				}
			})
			if db.cursor == 0 {
				break
			}
		}
		for _, ref := range due {
			db.expire(Entry{db: db, ref: ref, hash: db.store.hashOf(ref)})
		}
		if len(due)*10 <= looked || looked == 0 {
			return false
		}
	}
	return true
}

// MeanTTL estimates how many milliseconds the keys with an expiry have left, of a sample.
func (db *DB) MeanTTL() int64 {
	n, sum := int64(0), int64(0)
	db.expires.Sample(db.store.Rand, func(ref slab.Ref) {
		if at, ok := (Entry{db: db, ref: ref}).Expiry(); ok && at > db.store.now {
			sum += at - db.store.now
			n++
		}
	}, expireStep)
	return sum / max(n, 1)
}
