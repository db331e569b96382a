// Package list is the list type: a sequence of listpacks in the slab, after the quicklist of Redis.
//
//	List  nodes ->  [listpack] [listpack] [listpack]      each a bounded number of bytes or elements
//	small ->        one listpack in ordinary memory       of a list that is kept in its entry
//
// Pushing and popping at the ends touch one node. An index is found by the counts of nodes, from the nearer end. A node
// that an insertion makes too large is split in two; a node that becomes empty goes away. An element that is larger than a
// node may be has a node to itself.
//
// A List belongs to one goroutine. Values and iterators are views that end with the next change.
//
// In short: Push, Pop, Index, Insert, iterate; Free in pieces.
package list
