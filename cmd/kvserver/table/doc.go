// Package table is a hash table of slab.Refs that grows and shrinks by one bucket at a time: linear hashing (W. Litwin,
// "Linear hashing: a new tool for file and table addressing", VLDB 1980).
//
// A bucket is a cache line: 12 Refs, a tag of 8 bits of the hash for each, so that other entries are hardly ever looked
// at, and a link to an overflow bucket. With n buckets, 2^k < n <= 2^(k+1), a hash h lives in bucket h mod 2^(k+1) if
// there is one, else in h mod 2^k. The next bucket to be made is n, and takes its entries from n-2^k; the one to be
// dropped is the last, and gives them back. An Insert makes at most one bucket and a Remove drops at most one, so that no
// call takes long; segments of 1024 buckets are never moved. What is kept constant is not the entries per bucket but the
// memory per entry, overflow buckets included: about 8 bytes.
//
// Bucket a of b address bits holds the hashes that end in these b bits: an interval of the reversed hashes. Scan walks
// through the reversed hashes. Its cursor c says that all entries whose reversed hash is below reverse(c) have been
// returned: a call returns the whole bucket of c, and goes on where the bucket's interval ends. A hash never changes, so
// this stays true however buckets are split and merged between the calls, and an entry that is there all the time is
// returned. One may come twice, after its bucket was merged.
//
// A Table belongs to one goroutine. Nothing in it is a pointer to an entry, the collector does not scan it.
//
// In short: cache-line buckets, linear hashing, 8 bytes per entry, a cursor that survives growing and shrinking.
package table
