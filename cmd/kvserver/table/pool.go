package table

import "github.com/catamaran-os/catamaran/cmd/kvserver/slab"

// pool holds the overflow buckets. The free ones are linked: next and, in the first Ref, the one before (both +1).
type pool struct {
	segments
	first uint32 // free bucket + 1
	free  int
}

// take returns an empty bucket and its position + 1.
func (p *pool) take() (*bucket, uint32) {
	if p.first == 0 {
		b := p.push()
		return b, uint32(p.n)
	}
	at := p.first
	b := p.at(at - 1)
	p.remove(b)
	return b, at
}

// give takes back an empty bucket.
func (p *pool) give(at uint32) {
	b := p.at(at - 1)
	b.next = p.first
	b.refs[0] = 0
	if p.first != 0 {
		p.at(p.first - 1).refs[0] = slab.Ref(at)
	}
	p.first = at
	p.free++
}

// remove takes a bucket from the list.
func (p *pool) remove(b *bucket) {
	prev := uint32(b.refs[0])
	if prev == 0 {
		p.first = b.next
	} else {
		p.at(prev - 1).next = b.next
	}
	if b.next != 0 {
		p.at(b.next - 1).refs[0] = slab.Ref(prev)
	}
	b.refs[0], b.next = 0, 0
	p.free--
}

// sparse reports whether so many are free that they should go.
func (p *pool) sparse() bool { return p.free > 2+p.n>>3 }
