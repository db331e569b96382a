// Package keys has the commands that are about keys and databases, whatever the keys hold: deletion, expiry, names, scans,
// and what can be learnt of a key's representation.
//
// None of them looks into a value. A value is copied as its entry's bytes, or by its Object's Clone. Deletion frees a large
// value a piece at a time, in DEL as in UNLINK, and FLUSHALL gives its tables away to be freed likewise: ASYNC and SYNC
// differ in nothing that a client could see.
//
// In short: Commands, for every type.
package keys
