//go:build catdebug || race

package slab

import "fmt"

// checks is true under -tags catdebug and -race.
const checks = true

const (
	poisonNew   = 0xcd
	poisonFreed = 0xdb
	freeLink    = 2 // bytes of a freed object that hold the list
)

// checkState is what the checks add to a Heap.
type checkState struct {
	allocated map[Ref]bool // false: was freed and is poisoned
}

func (h *Heap) checkLive(r Ref) {
	if !h.allocated[r] {
		panic(fmt.Sprintf("slab: use of %#x, which is not allocated", uint32(r)))
	}
}

func (h *Heap) object(r Ref) []byte {
	p := &h.runs[r.run()]
	at := int(r%granules) << granuleShift
	return p.mem[at : at+int(p.size)]
}

func (h *Heap) noteAlloc(r Ref) {
	if h.allocated == nil {
		h.allocated = map[Ref]bool{}
	}
	m := h.object(r)
	if live, known := h.allocated[r]; live {
		panic(fmt.Sprintf("slab: %#x is handed out twice", uint32(r)))
	} else if known {
		for i, b := range m[freeLink:] {
			if b != poisonFreed {
				panic(fmt.Sprintf("slab: byte %d of %#x was written after Free", i+freeLink, uint32(r)))
			}
		}
	}
	h.allocated[r] = true
	fill(m, poisonNew)
}

func (h *Heap) noteFree(r Ref) {
	if !h.allocated[r] {
		panic(fmt.Sprintf("slab: Free of %#x, which is not allocated", uint32(r)))
	}
	fill(h.object(r), poisonFreed)
	h.allocated[r] = false
}

// forgetRun drops what is known of a run's freed objects: its next class cuts it otherwise.
func (h *Heap) forgetRun(i uint32) {
	for g := uint32(0); g < granules; g += h.runs[i].size >> granuleShift {
		delete(h.allocated, Ref(i<<refShift|g))
	}
}

func fill(m []byte, b byte) {
	for i := range m {
		m[i] = b
	}
}
