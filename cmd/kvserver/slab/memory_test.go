package slab

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// mustPanic fails if f returns.
func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s does not panic", what)
		}
	}()
	f()
}

func allocN(h *Heap, n, size int) []Ref {
	refs := make([]Ref, n)
	for i := range refs {
		refs[i] = h.Alloc(size)
	}
	return refs
}

// Memory that one class has freed serves another.
func TestEmptyRunsServeOtherClasses(t *testing.T) {
	h := New()
	for size := 16; size <= maxSmall; size *= 2 {
		refs := allocN(h, (4<<20)/size, size)
		if h.Used() != 4<<20 || h.Mapped() > 5<<20 {
			t.Errorf("class %d: used %d, mapped %d", size, h.Used(), h.Mapped())
		}
		for _, r := range refs {
			h.Free(r)
		}
	}
	if len(h.chunks) > 2 {
		t.Errorf("%d chunks", len(h.chunks))
	}
}

// The pages of idle runs go back as allocations are freed: they read as zero then (madvise(2)).
func TestIdlePagesGoBack(t *testing.T) {
	h := New()
	const runs, size = 1000, 1024
	refs := allocN(h, runs*runSize/size, size)
	for _, r := range refs {
		m := h.Bytes(r)
		for i := range m {
			m[i] = 0xff
		}
	}
	full := h.Mapped()
	slices.SortFunc(refs, func(a, b Ref) int { return int(a) - int(b) })
	kept := 0
	for _, r := range refs {
		if r%granules == 0 && r.run()%8 == 0 {
			kept++ // in each chunk, so that none becomes empty
			continue
		}
		h.Free(r)
	}
	if m := h.Mapped(); m > (kept+idleMin+kept>>idleShift)<<runShift || m*6 > full {
		t.Errorf("%d of %d bytes are mapped, %d runs are in use", m, full, kept)
	}
	returned := 0
	for i := range h.chunks {
		c := &h.chunks[i]
		for b := range chunkRuns {
			if c.mem == nil || c.free>>b&1 == 0 || c.dirty>>b&1 == 1 {
				continue
			}
			returned++
			for _, v := range c.mem[b<<runShift : (b+1)<<runShift] {
				if v != 0 {
					t.Fatalf("run %d of chunk %d has its pages", b, i)
				}
			}
		}
	}
	if returned < runs/2 {
		t.Errorf("%d runs were given back", returned)
	}
	h.Reset()
}

// Large allocations are as long as asked for, whatever they are made of, and leave nothing behind.
func TestLargeAllocations(t *testing.T) {
	h := New()
	rnd := rand.New(rand.NewPCG(1, 4))
	var live []object
	for _, n := range []int{maxSmall + 1, 20 << 10, 1 << 20, maxPages << pageShift, maxPages<<pageShift + 1, 9 << 20} {
		for range 5 {
			o := object{ref: h.Alloc(n), n: n, seed: rnd.Uint64()}
			if m := h.Bytes(o.ref); len(m) < n || len(m) >= n+pageSize {
				t.Errorf("%d bytes for %d", len(m), n)
			}
			o.stamp(h.Bytes(o.ref))
			live = append(live, o)
		}
	}
	rnd.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	for _, o := range live {
		o.check(t, h)
		h.Free(o.ref)
	}
	if h.Used() != 0 || h.Mapped() > idlePagesMin<<pageShift {
		t.Errorf("used %d, mapped %d", h.Used(), h.Mapped())
	}
}

func TestAllocRefusesSizes(t *testing.T) {
	h := New()
	mustPanic(t, "a negative size", func() { h.Alloc(-1) })
	mustPanic(t, "a size above MaxAlloc", func() { h.Alloc(MaxAlloc + 1) })
	if h.Used() != 0 || h.Mapped() != 0 {
		t.Errorf("used %d, mapped %d", h.Used(), h.Mapped())
	}
}

// As long as Room says so there are numbers for any mix of allocations; then they are used up soon, and Free makes room.
func TestRoom(t *testing.T) {
	if checks {
		t.Log("not under the checks: they write to all of 64 GiB")
		return
	}
	h := New()
	defer h.Reset()
	const step = 64 << 10
	var last []Ref
	for h.Room(step) {
		last = last[:0]
		for range step / maxSmall {
			last = append(last, h.Alloc(maxSmall))
		}
	}
	if h.Used() < 60<<30 {
		t.Errorf("no room for more than %d", h.Used())
	}
	// What fits into a step: the worst is one run number for each.
	for range step / maxSmall {
		h.Free(h.Alloc(maxSmall + 1))
	}
	for c := range classes {
		last = append(last, h.Alloc(int(classSize[c])))
	}
	last = append(last, h.Alloc(maxSmall+1))
	for _, r := range last {
		h.Free(r)
	}
	mustPanic(t, "the last Alloc", func() {
		for {
			h.Alloc(maxSmall)
		}
	})
	h.Reset()
	if !h.Room(15<<30) || h.Room(16<<30) {
		t.Error("Room of an empty heap")
	}
}

// A Ref into memory that was given back is noticed in any build.
func TestStaleRefOfAnEmptyRun(t *testing.T) {
	h := New()
	for _, n := range []int{10, 5000, 100 << 10, 5 << 20} {
		r := h.Alloc(n)
		h.Free(r)
		mustPanic(t, "Bytes after Free", func() { h.Bytes(r) })
		mustPanic(t, "the second Free", func() { h.Free(r) })
	}
	mustPanic(t, "Bytes of no Ref", func() { h.Bytes(0) })
	mustPanic(t, "Bytes of a Ref that never was", func() { h.Bytes(1 << 31) })
	if r := h.Alloc(10); len(h.Bytes(r)) != 16 {
		t.Error("the heap is of no use afterwards")
	}
}

func TestReset(t *testing.T) {
	h := New()
	for range 3 {
		for _, n := range []int{1, 100, 3000, 50 << 10, 4 << 20} {
			allocN(h, 10, n)
		}
		h.Reset()
		if h.Used() != 0 || h.Mapped() != 0 {
			t.Errorf("used %d, mapped %d", h.Used(), h.Mapped())
		}
	}
}

func TestHotPathsDoNotAllocate(t *testing.T) {
	if checks {
		t.Log("not under the checks: they keep a map")
		return
	}
	h := New()
	refs := allocN(h, 5000, 40)
	i := 0
	if n := testing.AllocsPerRun(20_000, func() {
		h.Free(refs[i])
		refs[i] = h.Alloc(i % 600)
		h.Bytes(refs[i])[0] = 1
		i = (i + 1) % len(refs)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
