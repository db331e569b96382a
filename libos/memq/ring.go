package memq

import "github.com/catamaran-os/catamaran/libos"

// A ring is a FIFO of messages that grows by doubling and never shrinks, so that a queue in its steady state allocates
// nothing.
type ring struct {
	slots []libos.Segment
	head  int // of the oldest message
	n     int
}

// minRing is how many messages the first ring of a queue has room for, unless the capacity is less.
const minRing = 16

// put appends a message. The ring holds fewer than limit, its largest size.
func (r *ring) put(m libos.Segment, limit int) {
	if r.n == len(r.slots) {
		wider := make([]libos.Segment, min(limit, max(minRing, 2*len(r.slots))))
		k := copy(wider, r.slots[r.head:])
		copy(wider[k:], r.slots[:r.head])
		r.slots, r.head = wider, 0
	}
	i := r.head + r.n
	if i >= len(r.slots) {
		i -= len(r.slots)
	}
	r.slots[i] = m
	r.n++
}

// get takes the oldest message out of a ring that has one.
func (r *ring) get() libos.Segment {
	m := r.slots[r.head]
	r.slots[r.head] = libos.Segment{}
	if r.head++; r.head == len(r.slots) {
		r.head = 0
	}
	r.n--
	return m
}
