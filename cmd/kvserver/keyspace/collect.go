package keyspace

import (
	"encoding/binary"

	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
	"github.com/catamaran-os/catamaran/cmd/kvserver/table"
)

// atOnce is how many elements of an object are freed by the command that deletes it; the rest is left to Collect.
const atOnce = 64

// A freer is something large that is freed a piece at a time.
type freer interface {
	Free(n int) (left int, done bool)
}

// discard frees an object that nothing refers to any more.
func (s *Store) discard(o Object) {
	if _, done := o.Free(atOnce); !done {
		s.garbage = append(s.garbage, o)
	}
}

// freeEntry frees an entry that is in no table any more.
func (s *Store) freeEntry(ref slab.Ref, b []byte) {
	if b[offFlags]&isObject != 0 {
		s.discard(s.objects.remove(objectIndex(b)))
	}
	s.Heap.Free(ref)
}

// Garbage returns how many objects and databases wait to be freed.
func (s *Store) Garbage() int { return len(s.garbage) }

// Collect frees up to n elements of what was deleted and reports whether something is left.
func (s *Store) Collect(n int) (more bool) {
	for n > 0 && len(s.garbage) > 0 {
		last := len(s.garbage) - 1
		left, done := s.garbage[last].Free(n)
		if done {
			s.garbage[last] = s.garbage[len(s.garbage)-1]
			s.garbage = append(s.garbage[:last], s.garbage[last+1:]...)
			s.Stats.LazyFreed++
		}
		n = min(left, n-1)
	}
	return len(s.garbage) > 0
}

// flushed is what a database held.
type flushed struct {
	store  *Store
	keys   *table.Table
	cursor uint64
}

// Free walks the table, which nobody changes any more, so that a scan meets each entry once.
func (f *flushed) Free(n int) (int, bool) {
	for n > 0 {
		f.cursor = f.keys.Scan(f.cursor, func(ref slab.Ref) {
			n--
			b := f.store.Heap.Bytes(ref)
			if b[offFlags]&isObject != 0 {
				h := layout(b)
				o := f.store.objects.remove(binary.LittleEndian.Uint32(b[h.offValue:]))
				if _, done := o.Free(atOnce); !done {
					f.store.garbage = append(f.store.garbage, o)
				}
			}
			f.store.Heap.Free(ref)
		})
		if f.cursor == 0 {
			f.keys = nil
			return n, true
		}
	}
	return 0, false
}
