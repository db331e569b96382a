package slab

import (
	"encoding/binary"
)

const (
	runShift = 16
	runSize  = 1 << runShift

	refShift   = runShift - granuleShift // granules of a run, in a Ref
	granules   = 1 << refShift
	noGranule  = 1<<16 - 1
	maxRuns    = 1 << (32 - refShift)
	initialRun = 256
)

// A Ref names an allocation. 0 names none.
type Ref uint32

func (r Ref) run() uint32 { return uint32(r >> refShift) }

// A run is what Bytes, Alloc and Free look at: half a cache line.
type run struct {
	mem   []byte // nil while the run is not in use, so that a stale Ref meets a bounds check
	size  uint32 // of each object
	free  uint16 // granule of the first freed object
	fresh uint16 // granule from which on none was ever handed out
}

// A node is a run's place in the list of its class.
type node struct {
	prev, next uint32 // runs with room; 0 is none
	used       uint16
	class      uint8
}

// A Heap hands out memory. It belongs to one goroutine. The zero value is not usable.
type Heap struct {
	runs  []run
	nodes []node
	room  [maxClasses]uint32 // first run with room
	used  int
	chunkSet
	checkState
}

// New returns an empty heap. It holds no memory of the system yet.
func New() *Heap {
	return &Heap{runs: make([]run, 0, initialRun), nodes: make([]node, 0, initialRun)}
}

// Used returns the bytes of all live allocations, as Bytes returns them.
func (h *Heap) Used() int { return h.used }

// Mapped returns the bytes that the heap holds of the system's memory: runs in use, large allocations, and what is
// idle but keeps its pages.
func (h *Heap) Mapped() int { return (h.live+h.idle)<<runShift + h.large + h.pages.idle<<pageShift }

// Bytes returns the whole allocation, which is at least as long as was asked for. It is valid until Free(r); allocating and
// freeing others does not move it.
func (h *Heap) Bytes(r Ref) []byte {
	if checks {
		h.checkLive(r)
	}
	p := &h.runs[r>>refShift]
	at := uint(r%granules) << granuleShift
	end := at + uint(p.size)
	return p.mem[at:end:end]
}

// Alloc returns n bytes or somewhat more, with undefined contents. It panics if n is negative or above MaxAlloc, if no run
// number is left (see Room), and if the system has no memory, as Go does.
func (h *Heap) Alloc(n int) Ref {
	if uint(n) > maxSmall {
		return h.allocLarge(n)
	}
	c := classOf[(n+granule-1)>>granuleShift]
	i := h.room[c]
	if i == 0 {
		i = h.stock(c)
	}
	p, l := &h.runs[i], &h.nodes[i]
	g := p.free
	if g != noGranule {
		p.free = binary.LittleEndian.Uint16(p.mem[uint(g)<<granuleShift:])
	} else {
		g = p.fresh
		p.fresh += uint16(p.size >> granuleShift)
	}
	if l.used++; l.used == runLen[c] {
		h.unlink(i)
	}
	h.used += int(p.size)
	r := Ref(i<<refShift | uint32(g))
	if checks {
		h.noteAlloc(r)
	}
	return r
}

// Free gives an allocation back. r must be live and is not valid any more.
func (h *Heap) Free(r Ref) {
	if checks {
		h.noteFree(r)
	}
	i := r.run()
	p, l := &h.runs[i], &h.nodes[i]
	if l.class == largeClass {
		h.freeLarge(i)
		return
	}
	g := uint16(r % granules)
	binary.LittleEndian.PutUint16(p.mem[uint(g)<<granuleShift:], p.free)
	p.free = g
	h.used -= int(p.size)
	if l.used == runLen[l.class] {
		h.link(i)
	}
	if l.used--; l.used == 0 {
		h.unlink(i)
		h.releaseRun(i)
	}
}

// stock gives class c, which has no room, an empty run.
func (h *Heap) stock(c uint8) uint32 {
	i := h.takeRun()
	h.runs[i].size = classSize[c]
	h.runs[i].free, h.runs[i].fresh = noGranule, 0
	h.nodes[i].used, h.nodes[i].class = 0, c
	h.link(i)
	return i
}

func (h *Heap) link(i uint32) {
	l := &h.nodes[i]
	first := &h.room[l.class]
	l.prev, l.next = 0, *first
	if *first != 0 {
		h.nodes[*first].prev = i
	}
	*first = i
}

func (h *Heap) unlink(i uint32) {
	l := &h.nodes[i]
	if l.prev != 0 {
		h.nodes[l.prev].next = l.next
	} else {
		h.room[l.class] = l.next
	}
	if l.next != 0 {
		h.nodes[l.next].prev = l.prev
	}
}

// Room reports whether allocations of n bytes together, each counted as at least 16, are sure to find run numbers. It is
// careful: an empty heap has room for almost 16 GiB, all of it in allocations just above the largest class, though one of
// small allocations only comes to hold 64 GiB. Ask it before a command that brings n bytes along.
func (h *Heap) Room(n int) bool {
	free := maxRuns - len(h.runs) + h.spare[chunkNone] + min(h.spare[chunkRunsOf], h.spare[chunkNumbers])
	// Each number that is taken stands for more than maxSmall bytes, apart from a run with room per class and the rest of
	// a chunk of either kind.
	return n <= (free-maxClasses-2*chunkRuns)*maxSmall
}

// Reset frees all allocations at once and gives all memory back.
func (h *Heap) Reset() {
	for i := range h.chunks {
		h.unmapChunk(uint32(i))
	}
	for i := range h.runs {
		if m := h.runs[i].mem; h.nodes[i].class == largeClass && len(m) > maxPages<<pageShift {
			unmapMemory(m)
		}
	}
	for i := range h.pages.chunks {
		h.pages.unmap(&h.pages.chunks[i])
	}
	*h = *New()
}
