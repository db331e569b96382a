package table

import "github.com/catamaran-os/catamaran/cmd/kvserver/slab"

// Above so many entries per bucket, overflow buckets included, a bucket is split; below so many two are merged. That bounds
// the memory per entry. The same for the buckets without the overflow buckets: that bounds the chains.
const (
	splitAt        = 8.25
	mergeAt        = 7
	splitPrimaryAt = 11
	mergePrimaryAt = 8
)

// A Table maps hashes to Refs. It belongs to one goroutine.
type Table struct {
	buckets segments
	mask    uint64 // 2^(k+1) - 1
	len     int
	over    pool
	hashOf  func(slab.Ref) uint64
}

// New returns an empty table. hashOf returns the hash that an entry was inserted with; it is called when buckets are
// split or overflow buckets moved, for entries that are in the table, and must not change the table.
func New(hashOf func(slab.Ref) uint64) *Table {
	t := &Table{hashOf: hashOf, mask: 1}
	t.buckets.push()
	return t
}

// Len returns the number of entries.
func (t *Table) Len() int { return t.len }

// Bytes returns the memory of the table itself.
func (t *Table) Bytes() int { return 128 + t.buckets.bytes() + t.over.bytes() }

// address returns the bucket that a hash lives in.
func (t *Table) address(hash uint64) uint32 {
	a, b := hash&t.mask, hash&(t.mask>>1)
	if a >= uint64(t.buckets.n) {
		a = b
	}
	return uint32(a)
}

// Insert adds an entry; the table does not look for one that is equal. It ends the use of all cursors of Seek.
func (t *Table) Insert(hash uint64, r slab.Ref) {
	t.put(t.buckets.at(t.address(hash)), tagOf(hash), r)
	t.len++
	n := t.buckets.n
	if 4*t.len > 4*splitAt*(n+t.over.n) || t.len > splitPrimaryAt*n {
		t.split()
	}
}

// put adds an entry to the chain of b.
func (t *Table) put(b *bucket, tag uint8, r slab.Ref) {
	if b.full() {
		var o *bucket
		if b.next != 0 {
			o = t.over.at(b.next - 1)
		}
		if o == nil || o.full() {
			var at uint32
			o, at = t.over.take()
			o.next = b.next
			b.next = at
		}
		b = o
	}
	b.add(tag, r)
}

// split makes a bucket.
func (t *Table) split() {
	n := uint64(t.buckets.n)
	if n > t.mask {
		t.mask = t.mask<<1 | 1
	}
	half := t.mask>>1 + 1
	to := t.buckets.push()
	from := t.buckets.at(uint32(n - half))
	rest := *from
	*from = bucket{}
	for more := true; more; more = t.detach(&rest) {
		// The hashes first: their memory is far away, and the loads overlap as long as no branch waits for them.
		var moves [slots]bool
		n := rest.count()
		for i := range n {
			moves[i] = t.hashOf(rest.refs[i])&half != 0
		}
		for i := range n {
			b := from
			if moves[i] {
				b = to
			}
			t.put(b, rest.tags[i], rest.refs[i])
		}
	}
	t.compact()
}

// merge drops the last bucket.
func (t *Table) merge() {
	n := uint64(t.buckets.n - 1)
	if n <= t.mask>>1 {
		t.mask >>= 1
	}
	from := t.buckets.at(uint32(n))
	to := t.buckets.at(uint32(n - (t.mask>>1 + 1)))
	rest := *from
	*from = bucket{}
	for more := true; more; more = t.detach(&rest) {
		for i := range rest.count() {
			t.put(to, rest.tags[i], rest.refs[i])
		}
	}
	t.buckets.pop()
	t.compact()
}

// detach replaces b, a copy of a bucket that is not in the table any more, by the next of its chain.
func (t *Table) detach(b *bucket) bool {
	at := b.next
	if at == 0 {
		return false
	}
	o := t.over.at(at - 1)
	*b = *o
	*o = bucket{}
	t.over.give(at)
	return true
}

// compact moves one overflow bucket if many are free, so that the pool can become smaller.
func (t *Table) compact() {
	p := &t.over
	if !p.sparse() {
		return
	}
	last := uint32(p.n)
	b := p.at(last - 1)
	if b.tags[0] == 0 {
		p.remove(b)
		p.pop()
		return
	}
	to, at := p.take()
	*to = *b
	*t.linkTo(t.address(t.hashOf(b.refs[0])), last) = at
	*b = bucket{}
	p.pop()
}

// linkTo returns the link of bucket a's chain that leads to the overflow bucket.
func (t *Table) linkTo(a, over uint32) *uint32 {
	link := &t.buckets.at(a).next
	for *link != over {
		link = &t.over.at(*link - 1).next
	}
	return link
}
