package fault

import (
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// A held frame is a copy that goes on at its time.
type held struct {
	due    time.Duration // since the device was opened
	behind int           // reordered: how many frames must still pass; it goes on before its time when they have
	slot   int
	length int
	csum   link.Csum
}

// A store keeps copies in memory of a fixed size, in the order in which they go on. Copies of one time keep the order in
// which they came.
type store struct {
	memory []byte
	room   int    // bytes of a slot
	free   []int  // slots
	queue  []held // by due
	behind int    // how many of queue wait for other frames to pass
}

func newStore(slots, room int) store {
	s := store{
		memory: make([]byte, slots*room),
		room:   room,
		free:   make([]int, slots),
		queue:  make([]held, 0, slots),
	}
	for i := range s.free {
		s.free[i] = slots - 1 - i
	}
	return s
}

// copy takes a slot for a frame. ok is false if there is none, or if the frame is longer than a slot.
func (s *store) copy(f *link.Frame) (h held, ok bool) {
	if len(s.free) == 0 || len(f.Data) > s.room {
		return held{}, false
	}
	h = held{slot: s.free[len(s.free)-1], length: len(f.Data), csum: f.Csum}
	s.free = s.free[:len(s.free)-1]
	copy(s.bytes(&h), f.Data)
	return h, true
}

func (s *store) bytes(h *held) []byte {
	from := h.slot * s.room
	return s.memory[from : from+h.length]
}

// discard gives a slot back that was not put in the queue.
func (s *store) discard(h *held) { s.free = append(s.free, h.slot) }

func (s *store) insert(h held) {
	if h.behind > 0 {
		s.behind++
	}
	i := len(s.queue)
	s.queue = append(s.queue, h)
	for ; i > 0 && s.queue[i-1].due > h.due; i-- {
		s.queue[i] = s.queue[i-1]
	}
	s.queue[i] = h
}

// passed tells reordered frames that n frames overtook them. Those that wait for no more go on now.
func (s *store) passed(n int, now time.Duration) {
	if s.behind == 0 || n == 0 {
		return
	}
	for i := 0; i < len(s.queue); i++ {
		h := s.queue[i]
		if h.behind == 0 {
			continue
		}
		h.behind -= n
		if h.behind > 0 {
			s.queue[i] = h
			continue
		}
		s.behind--
		h.behind = 0
		h.due = min(h.due, now)
		s.queue = append(s.queue[:i], s.queue[i+1:]...)
		s.insert(h) // at i or before: everything after i is due later
	}
}

// due returns how many frames go on now.
func (s *store) due(now time.Duration) (n int) {
	for n < len(s.queue) && s.queue[n].due <= now {
		n++
	}
	return n
}

// remove removes the first n frames.
func (s *store) remove(n int) {
	if n == 0 {
		return
	}
	for i := range s.queue[:n] {
		if s.queue[i].behind > 0 {
			s.behind--
		}
		s.discard(&s.queue[i])
	}
	s.queue = s.queue[:copy(s.queue, s.queue[n:])]
}
