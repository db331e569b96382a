package pipe

import (
	"sync/atomic"

	"github.com/catamaran-os/catamaran/link"
)

// cacheLine is the distance in bytes that keeps two variables out of one cache line.
const cacheLine = 64

// A ring passes entries from one producer to one consumer. It has a slot for every frame that its queue can lend, so
// putting never fails, and no slot is written again before it was read: an entry is put only for a frame that has come
// all the way round. That is why the consumer's index is not shared.
type ring struct {
	slots []entry
	mask  uint32

	_    [cacheLine]byte
	next uint32        // the producer's index, not yet published
	tail atomic.Uint32 // written by the producer
	_    [cacheLine]byte
	head uint32 // the consumer's index
	_    [cacheLine]byte
}

// An entry names a frame of the receiving queue, how many bytes of it are filled, and what else the receiver is told.
type entry struct {
	index  uint32
	length uint32
	more   bool
	csum   link.Csum
}

func (r *ring) init(size int) {
	r.slots = make([]entry, size)
	r.mask = uint32(size - 1)
}

// put adds an entry that the consumer sees after publish.
func (r *ring) put(e entry) {
	r.slots[r.next&r.mask] = e
	r.next++
}

func (r *ring) publish() { r.tail.Store(r.next) }

// pending returns how many entries the consumer can take.
func (r *ring) pending() int { return int(r.tail.Load() - r.head) }

// take removes an entry. The caller has looked at pending.
func (r *ring) take() entry {
	e := r.slots[r.head&r.mask]
	r.head++
	return e
}

// peek returns the entry that take would. The caller has looked at pending.
func (r *ring) peek() entry { return r.at(0) }

// at returns the entry that is n behind the next.
func (r *ring) at(n int) entry { return r.slots[(r.head+uint32(n))&r.mask] }
