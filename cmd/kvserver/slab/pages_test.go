package slab

import (
	"math/rand/v2"
	"testing"
)

// Pages are handed out once, neighbors merge, and an empty heap holds one chunk at most.
func TestPagesAgreeWithAModel(t *testing.T) {
	type span struct{ chunk, page, n int }
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		var h pageHeap
		taken := map[[2]int]bool{}
		var live []span
		drop := func(i int) {
			s := live[i]
			h.give(s.chunk, s.page, s.n)
			for p := range s.n {
				delete(taken, [2]int{s.chunk, s.page + p})
			}
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		}
		for step := range 5000 {
			if len(live) > 0 && rnd.IntN(1000) < 300+step/10 {
				drop(rnd.IntN(len(live)))
			} else {
				n := 1 + rnd.IntN(1+rnd.IntN(maxPages))
				m, chunk, page := h.take(n)
				if len(m) != n<<pageShift || &m[0] != &h.chunks[chunk].mem[page<<pageShift] {
					t.Fatal("the memory is not that of the pages")
				}
				for p := range n {
					if taken[[2]int{chunk, page + p}] {
						t.Fatalf("page %d of chunk %d is handed out twice", page+p, chunk)
					}
					taken[[2]int{chunk, page + p}] = true
				}
				live = append(live, span{chunk, page, n})
			}
			if h.taken != len(taken) || h.idle < 0 || h.idle > idlePagesMin+len(taken) {
				t.Fatalf("%d pages taken, %d idle, want %d", h.taken, h.idle, len(taken))
			}
		}
		chunks := 0
		for len(live) > 0 {
			drop(len(live) - 1)
		}
		for i := range h.chunks {
			if h.chunks[i].mem != nil {
				chunks++
			}
			h.unmap(&h.chunks[i])
		}
		if chunks > 1 || h.taken != 0 || h.idle != 0 {
			t.Errorf("%d chunks, %d pages taken and %d idle are left", chunks, h.taken, h.idle)
		}
	}
}

func TestPageSet(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	var s pageSet
	var model [chunkPages]bool
	for range 2000 {
		at := rnd.IntN(chunkPages)
		n := 1 + rnd.IntN(min(chunkPages-at, 1+rnd.IntN(200)))
		in := rnd.IntN(2) == 0
		were := 0
		for i := at; i < at+n; i++ {
			if model[i] {
				were++
			}
			model[i] = in
		}
		if got := s.fill(at, n, in); got != were {
			t.Fatalf("fill: %d were set, want %d", got, were)
		}
		from := rnd.IntN(chunkPages + 1)
		want := from
		for want < chunkPages && model[want] != in {
			want++
		}
		if got := s.next(from, in); got != want {
			t.Fatalf("next from %d: %d, want %d", from, got, want)
		}
	}
}
