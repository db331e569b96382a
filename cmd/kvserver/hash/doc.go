// Package hash is the hash type: fields, each with a value.
//
//	small   a listpack of field, value, field, value ... in the keyspace entry
//	large   a Hash: a table of references to entries in the slab
//
//	entry   length of the field (uvarint) | field | length of the value (uvarint) | value
//
// A value that takes about as much room as the one before it is written over it; else the entry is made anew. Fields and
// values of a small hash that are the decimal form of an integer are kept as such, so that what is read is a
// listpack.Value in either form.
//
// View reads the hash of a keyspace entry, Editor changes it, and Builder makes one. A small hash is edited in memory that
// the store keeps for that purpose and copied back, or in place where the size stays. What has become large stays large.
//
// All of it belongs to the goroutine of its store. Values are views that end with the next change of the store.
//
// In short: Open to read; Edit, change, Store to write; both forms look the same.
package hash
