package slab

import (
	"fmt"
	"math/bits"
)

const (
	// MaxAlloc is the most bytes that one Alloc may ask for.
	MaxAlloc = 1<<31 - pageSize

	largeClass = 255
	// Above this an allocation is a mapping of its own. A process has no more than some 65,000 of them
	// (vm.max_map_count), and 64 GiB are 32,768 of this size.
	maxPages = chunkPages / 2
)

// allocLarge hands out whole pages under a run number of their own.
func (h *Heap) allocLarge(n int) Ref {
	if n < 0 || n > MaxAlloc {
		panic(fmt.Sprintf("slab: allocation of %d bytes", n))
	}
	k, ok := h.open[chunkNumbers].first()
	if !ok {
		k = h.newChunk(chunkNumbers)
	}
	b := uint32(bits.TrailingZeros64(h.chunks[k].free))
	h.takeNumber(k, b)
	i := k*chunkRuns + b
	p, l := &h.runs[i], &h.nodes[i]
	*l = node{class: largeClass}
	if pages := (n + pageSize - 1) >> pageShift; pages <= maxPages {
		m, chunk, page := h.pages.take(pages)
		p.mem = m
		l.prev, l.next = uint32(chunk), uint32(page)
	} else {
		p.mem = mapMemory(pages << pageShift)
	}
	p.size = uint32(len(p.mem))
	h.used += len(p.mem)
	h.large += len(p.mem)
	r := Ref(i << refShift)
	if checks {
		h.noteAlloc(r)
	}
	return r
}

func (h *Heap) freeLarge(i uint32) {
	p, l := &h.runs[i], &h.nodes[i]
	if p.mem == nil {
		panic(fmt.Sprintf("slab: second Free of large allocation %d", i))
	}
	if checks {
		h.forgetRun(i)
	}
	h.used -= len(p.mem)
	h.large -= len(p.mem)
	if pages := len(p.mem) >> pageShift; pages <= maxPages {
		h.pages.give(int(l.prev), int(l.next), pages)
	} else {
		unmapMemory(p.mem)
	}
	p.mem = nil
	if k := i / chunkRuns; h.giveNumber(k, i%chunkRuns) {
		h.dropChunk(k)
	}
}
