// Package set is the set type: different members.
//
//	integers  an intset in the keyspace entry, up to set-max-intset-entries
//	small     a listpack of the members in the keyspace entry, up to 512 bytes
//	large     a Set: a table of references to entries in the slab
//
//	entry     length of the member (uvarint) | member
//
// Redis 7.0 knows only the first and the last, so that a small set calls itself a hashtable, too: it is how a set is kept,
// and nothing that a client can tell. Members that are the decimal form of an integer may be integers in the two compact
// forms, so that what is read is a listpack.Value.
//
// View reads the set of a keyspace entry, Editor changes it, and Builder makes one. A compact set is edited in memory that
// the store keeps for that purpose and copied back. What has become large stays large.
//
// All of it belongs to the goroutine of its store. Members are views that end with the next change of the store.
//
// In short: Open to read; Edit, change, Store to write; all forms look the same.
package set
