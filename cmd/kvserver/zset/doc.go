// Package zset keeps sorted sets: members with scores, in the order of (score, member).
//
// A small one is a listpack of member, score, member, score... in the key's entry, as Redis 7.0 has it. A large one is a
// List, an Object of the keyspace: a skip list (W. Pugh, "Skip lists: a probabilistic alternative to balanced trees", CACM
// 1990) with p = 1/4, whose links count the elements that they skip, so that ranks are found in logarithmic time as well;
// and a hash table of its nodes by member. Nodes live in the slab, where the collector does not look:
//
//	score    8    float64
//	back     4    the node before on level 0
//	next     4    on level 0, where a link skips nothing
//	head     4    length of the member (24 bits), number of levels (8 bits)
//	link     8    next and span, for each level from 1 on
//	long     0, 4 length of the member if 24 bits do not hold it
//	member
//
// A Set is either form. All ranges, of ranks, scores or members, come down to two Bounds: Seek counts the elements before
// a Bound, and what lies between two counts is walked, counted or removed. A Set becomes large above the Limits and stays so.
//
// A Builder makes a sorted set out of elements in any order: it gathers nodes in a table, sorts them once and links them.
//
// In short: a Set is found by member in its table, by rank or Bound in its skip list, and below 128 elements in a listpack.
package zset
