package keyspace

import "github.com/catamaran-os/catamaran/cmd/kvserver/table"

const (
	warmBatch = 16
	// coldFrom is the number of keys from which on the table and the entries are hardly all in the cache.
	coldFrom  = 10_000
	cacheLine = 64
)

// Cold reports whether the database is so large that Warm is worth its while.
func (db *DB) Cold() bool { return db.keys.Len() >= coldFrom }

// Warm fetches the entries of keys from memory, for commands that are about to look them up one after the other. A lookup
// waits for memory twice, for the bucket and for the entry. The processor fetches those of several keys at the same time if
// nothing between them depends on what it waits for, which is so here and is not from command to command.
func (db *DB) Warm(keys [][]byte) {
	var cursors [warmBatch]table.Cursor
	var sum byte
	for len(keys) > 0 {
		batch := keys[:min(len(keys), warmBatch)]
		keys = keys[len(batch):]
		for i, key := range batch {
			cursors[i] = db.keys.Seek(db.store.Hash(key))
		}
		for i := range batch {
			if c := &cursors[i]; c.Next() { // the first is nearly always the key's
				b := db.store.Heap.Bytes(c.Ref())
				sum += b[0]
				if len(b) > cacheLine {
					sum += b[cacheLine]
				}
			}
		}
	}
	db.warmed += sum // or the compiler would see that nobody needs it
}
