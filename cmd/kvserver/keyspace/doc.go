// Package keyspace is one database of keys, and the store that several of them share.
//
// A key and its value are one allocation in the slab, an entry:
//
//	kind     1   type in the high half, encoding in the low half
//	flags    1   which of the widths below are long, whether there is an expiry, whether the value is an object
//	access   3   LRU clock in seconds, or LFU: minutes (16 bits) and a logarithmic counter (8 bits)
//	key len  1 or 4
//	value    1 or 4   length
//	expiry   0 or 8   Unix time in milliseconds
//	key
//	value    bytes: a string, an integer, a listpack, an intset; or the number of an Object
//
// Two hash tables hold references to entries: one all of them, one those with an expiry. Small values live in the entry, so
// that a million of them are nothing to the garbage collector; large ones are Objects with tables and nodes of their own.
// What is deleted and large is freed a piece at a time by Collect.
//
// Time is a parameter: the owner sets it with SetNow. A Store and its databases belong to one goroutine.
//
// In short: Find a key's Entry, read or change its value through it, and forget the Entry before the next change.
package keyspace
