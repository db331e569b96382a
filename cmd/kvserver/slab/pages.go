package slab

import (
	"fmt"
	"math/bits"

	"golang.org/x/sys/unix"
)

const (
	pageShift  = 12
	pageSize   = 1 << pageShift
	chunkPages = chunkSize >> pageShift

	idlePagesMin = 256 // pages that may lie idle, in any case; further idleShift
)

// A pageChunk is memory for large allocations, by pages, the first place that fits.
type pageChunk struct {
	mem         []byte // nil: given back
	used, dirty pageSet
	taken       int // pages in use
	longest     int // no more free pages than these are in one piece
}

// A pageSet is a bit for each page of a chunk.
type pageSet [chunkPages / 64]uint64

// next returns the first page from at on that is in the set, or that is not, or chunkPages.
func (s *pageSet) next(at int, in bool) int {
	for at < chunkPages {
		w := s[at/64]
		if !in {
			w = ^w
		}
		if w >>= at % 64; w != 0 {
			return at + bits.TrailingZeros64(w)
		}
		at = at&^63 + 64
	}
	return chunkPages
}

// fill sets or clears n pages from at on and returns how many of them were set.
func (s *pageSet) fill(at, n int, in bool) (were int) {
	for end := at + n; at < end; {
		w := &s[at/64]
		k := min(64-at%64, end-at)
		mask := uint64(1<<k-1) << (at % 64)
		if k == 64 {
			mask = 1<<64 - 1
		}
		were += bits.OnesCount64(*w & mask)
		if in {
			*w |= mask
		} else {
			*w &^= mask
		}
		at += k
	}
	return were
}

// pageHeap is the part of a Heap that hands out pages.
type pageHeap struct {
	chunks []pageChunk
	taken  int // pages in use
	idle   int // pages that are not in use and were not given back
	vacant int // chunks with memory but no page in use
}

// take returns n pages, at most a chunk, and where they are.
func (h *pageHeap) take(n int) (m []byte, chunk, page int) {
	chunk, page = h.place(n)
	c := &h.chunks[chunk]
	if c.taken == 0 {
		h.vacant--
	}
	c.used.fill(page, n, true)
	h.idle -= c.dirty.fill(page, n, false)
	c.taken += n
	h.taken += n
	end := (page + n) << pageShift
	return c.mem[page<<pageShift : end : end], chunk, page
}

func (h *pageHeap) place(n int) (chunk, page int) {
	unmapped := -1
	for i := range h.chunks {
		c := &h.chunks[i]
		if c.mem == nil {
			unmapped = i
			continue
		}
		if c.longest < n {
			continue
		}
		c.longest = 0
		for at := c.used.next(0, false); at < chunkPages; {
			end := c.used.next(at, true)
			if end-at >= n {
				c.longest = chunkPages // not known
				return i, at
			}
			c.longest = max(c.longest, end-at)
			at = c.used.next(end, false)
		}
	}
	if unmapped < 0 {
		unmapped = len(h.chunks)
		h.chunks = append(h.chunks, pageChunk{})
	}
	h.chunks[unmapped] = pageChunk{mem: mapMemory(chunkSize), longest: chunkPages}
	h.vacant++
	return unmapped, 0
}

// give takes n pages back.
func (h *pageHeap) give(chunk, page, n int) {
	c := &h.chunks[chunk]
	c.used.fill(page, n, false)
	c.longest = chunkPages
	c.taken -= n
	h.taken -= n
	if c.taken == 0 && h.vacant > 0 {
		h.unmap(c)
		return
	}
	c.dirty.fill(page, n, true)
	h.idle += n
	if c.taken == 0 {
		h.vacant++
		page, n = 0, chunkPages
	}
	if h.idle > idlePagesMin+h.taken>>idleShift {
		adviseUnused(c.mem[page<<pageShift : (page+n)<<pageShift])
		h.idle -= c.dirty.fill(page, n, false)
	}
}

func (h *pageHeap) unmap(c *pageChunk) {
	if c.mem != nil {
		unmapMemory(c.mem)
		h.idle -= c.dirty.fill(0, chunkPages, false)
		*c = pageChunk{}
	}
}

// mapMemory takes memory from the system (mmap(2)). It is zero and has no pages until it is written.
func mapMemory(n int) []byte {
	m, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(fmt.Sprintf("slab: mmap %d bytes: %v", n, err)) // as when the Go heap finds no memory
	}
	return m
}

// The errors of these two concern memory that is not ours: there is no such case.

func unmapMemory(m []byte) {
	if err := unix.Munmap(m); err != nil {
		panic(fmt.Sprintf("slab: munmap %d bytes: %v", len(m), err))
	}
}

// adviseUnused gives the pages of m back (madvise(2)) and keeps the addresses.
func adviseUnused(m []byte) {
	if err := unix.Madvise(m, unix.MADV_DONTNEED); err != nil {
		panic(fmt.Sprintf("slab: madvise %d bytes: %v", len(m), err))
	}
}
