package slab

import "math/bits"

const (
	chunkRuns = 64 // as many as a word of flags has bits
	chunkSize = chunkRuns << runShift
	maxChunks = maxRuns / chunkRuns
	allRuns   = 1<<chunkRuns - 1

	idleMin   = 16 // runs that may lie idle with their pages, in any case
	idleShift = 4  // and this part of those in use
	trimRuns  = 2  // runs whose pages go back, per run that becomes empty
)

// A chunk is 64 run numbers: with memory for runs, or without for large allocations.
type chunk struct {
	mem   []byte
	free  uint64 // run numbers that are not in use
	dirty uint64 // those of them that have pages
	kind  uint8
}

const (
	chunkNone    = iota
	chunkRunsOf  // of classes
	chunkNumbers // of large allocations
)

// chunkSet is the part of a Heap below the size classes.
type chunkSet struct {
	chunks []chunk
	open   [3]bitmap // chunks of each kind that have free numbers; those without a kind
	dirty  bitmap    // chunks that have idle runs with pages
	spare  [3]int    // free run numbers, by kind of chunk
	live   int       // runs in use
	idle   int       // empty runs with pages
	vacant int       // chunks with memory but no run in use
	pages  pageHeap
	large  int // bytes of large allocations
}

type bitmap [maxChunks / 64]uint64

func (b *bitmap) set(i uint32)   { b[i/64] |= 1 << (i % 64) }
func (b *bitmap) clear(i uint32) { b[i/64] &^= 1 << (i % 64) }

func (b *bitmap) first() (uint32, bool) {
	for w, v := range b {
		if v != 0 {
			return uint32(w*64 + bits.TrailingZeros64(v)), true
		}
	}
	return 0, false
}

func (b *bitmap) last() (uint32, bool) {
	for w := len(b) - 1; w >= 0; w-- {
		if b[w] != 0 {
			return uint32(w*64 + 63 - bits.LeadingZeros64(b[w])), true
		}
	}
	return 0, false
}

// takeRun returns a run that is in no class. The lowest chunk comes first, so that the higher ones become empty.
func (h *Heap) takeRun() uint32 {
	k, ok := h.open[chunkRunsOf].first()
	if !ok {
		k = h.newChunk(chunkRunsOf)
		h.chunks[k].mem = mapMemory(chunkSize)
		h.vacant++
	}
	c := &h.chunks[k]
	if c.free|c.reserved(k) == allRuns {
		h.vacant--
	}
	from := c.free
	if c.dirty != 0 {
		from = c.dirty
	}
	b := uint32(bits.TrailingZeros64(from))
	if c.dirty>>b&1 != 0 {
		h.idle--
		if c.dirty &^= 1 << b; c.dirty == 0 {
			h.dirty.clear(k)
		}
	}
	h.takeNumber(k, b)
	h.live++
	i := k*chunkRuns + b
	h.runs[i].mem = c.mem[b<<runShift : (b+1)<<runShift : (b+1)<<runShift]
	return i
}

// reserved is run 0 in chunk 0: a Ref of 0 names none.
func (c *chunk) reserved(k uint32) uint64 {
	if k == 0 {
		return 1
	}
	return 0
}

func (h *Heap) takeNumber(k, b uint32) {
	c := &h.chunks[k]
	h.spare[c.kind]--
	if c.free &^= 1 << b; c.free == 0 {
		h.open[c.kind].clear(k)
	}
}

// giveNumber reports whether chunk k has none in use any more.
func (h *Heap) giveNumber(k, b uint32) bool {
	c := &h.chunks[k]
	h.spare[c.kind]++
	h.open[c.kind].set(k)
	c.free |= 1 << b
	return c.free|c.reserved(k) == allRuns
}

// newChunk returns a chunk of the kind with all numbers free.
func (h *Heap) newChunk(kind uint8) uint32 {
	k, ok := h.open[chunkNone].first()
	if !ok {
		if len(h.chunks) == maxChunks {
			panic("slab: all run numbers are in use")
		}
		k = uint32(len(h.chunks))
		h.chunks = append(h.chunks, chunk{})
		var none [chunkRuns]run
		var noneOf [chunkRuns]node
		h.runs = append(h.runs, none[:]...)
		h.nodes = append(h.nodes, noneOf[:]...)
		h.runs[0].size = granule // so that Bytes(0) panics
	}
	c := &h.chunks[k]
	c.kind, c.free = kind, allRuns&^c.reserved(k)
	h.spare[kind] += bits.OnesCount64(c.free)
	if ok {
		h.open[chunkNone].clear(k)
		h.spare[chunkNone] -= chunkRuns
	}
	h.open[kind].set(k)
	return k
}

// dropChunk makes a chunk without numbers in use one of no kind.
func (h *Heap) dropChunk(k uint32) {
	c := &h.chunks[k]
	h.open[c.kind].clear(k)
	h.spare[c.kind] -= bits.OnesCount64(c.free)
	c.kind = chunkNone
	h.open[chunkNone].set(k)
	h.spare[chunkNone] += chunkRuns
}

// releaseRun takes back a run that has become empty.
func (h *Heap) releaseRun(i uint32) {
	if checks {
		h.forgetRun(i)
	}
	h.runs[i].mem = nil
	k, b := i/chunkRuns, i%chunkRuns
	h.live--
	h.idle++
	h.chunks[k].dirty |= 1 << b
	h.dirty.set(k)
	if h.giveNumber(k, b) {
		if h.vacant > 0 {
			h.unmapChunk(k)
		} else {
			h.vacant++
		}
	}
	for n := 0; n < trimRuns && h.idle > idleMin+h.live>>idleShift; n++ {
		h.trim()
	}
}

// trim gives the pages of one idle run back, in the chunk that is used last.
func (h *Heap) trim() {
	k, ok := h.dirty.last()
	if !ok {
		return
	}
	c := &h.chunks[k]
	b := 63 - bits.LeadingZeros64(c.dirty)
	adviseUnused(c.mem[b<<runShift : (b+1)<<runShift])
	h.idle--
	if c.dirty &^= 1 << b; c.dirty == 0 {
		h.dirty.clear(k)
	}
}

// unmapChunk gives the memory of a chunk back.
func (h *Heap) unmapChunk(k uint32) {
	c := &h.chunks[k]
	if c.mem == nil {
		return
	}
	unmapMemory(c.mem)
	h.idle -= bits.OnesCount64(c.dirty)
	c.mem, c.dirty = nil, 0
	h.dirty.clear(k)
	h.dropChunk(k)
}
