package table

import (
	"math/bits"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// Scan calls fn for the entries of one bucket and returns the cursor of the next call; 0 begins and ends. An entry that is
// in the table from the first call to the last is returned at least once, whatever is inserted and removed in between;
// the package's documentation says why. Any number is a valid cursor. fn must not change the table.
func (t *Table) Scan(cursor uint64, fn func(slab.Ref)) uint64 {
	a := t.address(cursor)
	mask := t.mask >> 1 // of the bits that all hashes of bucket a have in common
	if uint64(a) > mask || uint64(a)+mask+1 < uint64(t.buckets.n) {
		mask = t.mask // it was made by a split, or has been split
	}
	for b := t.buckets.at(a); ; {
		for i, tag := range b.tags {
			if tag == 0 {
				break
			}
			fn(b.refs[i])
		}
		if b.next == 0 {
			break
		}
		b = t.over.at(b.next - 1)
	}
	return bits.Reverse64(bits.Reverse64(cursor|^mask) + 1)
}

// nth returns one of all buckets, those of the pool after the others.
func (t *Table) nth(i uint64) *bucket {
	if n := uint64(t.buckets.n); i >= n {
		return t.over.at(uint32(i - n))
	}
	return t.buckets.at(uint32(i))
}

func (t *Table) all() uint64 { return uint64(t.buckets.n + t.over.n) }

// randomTries is enough: a quarter of the slots are filled, or more.
const randomTries = 256

// below maps a random number to 0..n-1. It reports false for the few numbers that would make it unfair.
func below(x, n uint64) (uint64, bool) {
	i, low := bits.Mul64(x, n)
	return i, low >= n || low >= -n%n
}

// Random returns an entry, each with the same probability, or 0 if there is none. rnd returns 64 random bits.
func (t *Table) Random(rnd func() uint64) slab.Ref {
	if t.len == 0 {
		return 0
	}
	n := t.all()
	for range randomTries {
		if i, fair := below(rnd(), n*slots); fair {
			if b := t.nth(i / slots); b.tags[i%slots] != 0 {
				return b.refs[i%slots]
			}
		}
	}
	// One in 2^100, or a bad rnd: the next entry from somewhere on.
	i, _ := below(rnd(), n)
	for t.nth(i).tags[0] == 0 {
		i = (i + 1) % n
	}
	return t.nth(i).refs[0]
}

// Sample calls fn for up to n entries of neighboring buckets, from a random place on. It looks at n+8 buckets at most and
// is not uniform. fn must not change the table.
func (t *Table) Sample(rnd func() uint64, fn func(slab.Ref), n int) {
	all := t.all()
	x := rnd()
	i, _ := below(x, all)
	first := uint(x % slots)
	for look := n + 8; look > 0 && n > 0; look-- {
		b := t.nth(i)
		for s := range uint(slots) {
			if s += first; s >= slots {
				s -= slots
			}
			if b.tags[s] != 0 && n > 0 {
				fn(b.refs[s])
				n--
			}
		}
		if i++; i == all {
			i = 0
		}
	}
}

// All calls fn for all entries until it returns false. fn must not change the table.
func (t *Table) All(fn func(slab.Ref) bool) {
	for i := range t.all() {
		b := t.nth(i)
		for s, tag := range b.tags {
			if tag == 0 {
				break
			}
			if !fn(b.refs[s]) {
				return
			}
		}
	}
}
