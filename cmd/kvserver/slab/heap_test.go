package slab

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// object is what a test knows of an allocation.
type object struct {
	ref  Ref
	n    int
	seed uint64
}

// stamp writes a pattern to the whole allocation.
func (o object) stamp(m []byte) {
	for i := range m {
		m[i] = byte(o.seed >> (i % 8 * 8))
	}
}

func (o object) check(t *testing.T, h *Heap) {
	t.Helper()
	m := h.Bytes(o.ref)
	if len(m) < o.n || cap(m) != len(m) {
		t.Fatalf("%d bytes (capacity %d) for an allocation of %d", len(m), cap(m), o.n)
	}
	for i, b := range m {
		if b != byte(o.seed>>(i%8*8)) {
			t.Fatalf("byte %d of %d at %#x was changed", i, len(m), o.ref)
		}
	}
}

func randomSize(rnd *rand.Rand) int {
	switch rnd.IntN(100) {
	case 0:
		return rnd.IntN(200 << 10)
	case 1, 2, 3, 4, 5:
		return rnd.IntN(maxSmall + 1)
	default:
		return rnd.IntN(300)
	}
}

// Random allocations keep their contents and do not overlap; the accounts agree with a model; after all are freed nothing
// is used and little is mapped.
func TestRandomUseKeepsContents(t *testing.T) {
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		h := New()
		var live []object
		used := 0
		drop := func(i int) {
			o := live[i]
			o.check(t, h)
			used -= len(h.Bytes(o.ref))
			h.Free(o.ref)
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		}
		grow := 60
		for step := range 30_000 {
			if step%5000 == 0 {
				grow = 30 + rnd.IntN(50)
			}
			if len(live) == 0 || rnd.IntN(100) < grow {
				o := object{n: randomSize(rnd), seed: rnd.Uint64()}
				o.ref = h.Alloc(o.n)
				if o.ref == 0 {
					t.Fatal("a Ref is 0")
				}
				o.stamp(h.Bytes(o.ref))
				used += len(h.Bytes(o.ref))
				live = append(live, o)
			} else {
				drop(rnd.IntN(len(live)))
			}
			if h.Used() != used || h.Mapped() < used {
				t.Fatalf("used %d, mapped %d, want %d used", h.Used(), h.Mapped(), used)
			}
		}
		peak := h.Mapped()
		for len(live) > 0 {
			drop(rnd.IntN(len(live)))
		}
		if h.Used() != 0 || h.Mapped() > idleMin<<runShift || h.Mapped() >= peak {
			t.Errorf("after all is freed: used %d, mapped %d, at the peak %d", h.Used(), h.Mapped(), peak)
		}
		h.Reset()
		if h.Mapped() != 0 {
			t.Errorf("mapped %d after Reset", h.Mapped())
		}
	}
}

func BenchmarkBytes(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		h := New()
		refs := make([]Ref, n)
		for i := range refs {
			refs[i] = h.Alloc(48)
		}
		rand.Shuffle(n, func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
		b.Run(map[bool]string{true: "warm", false: "cold"}[n == 1000], func(b *testing.B) {
			var sum uint64
			i := 0
			for b.Loop() {
				sum += binary.LittleEndian.Uint64(h.Bytes(refs[i]))
				if i++; i == n {
					i = 0
				}
			}
			_ = sum
		})
		h.Reset()
	}
}

func BenchmarkAllocFree(b *testing.B) {
	h := New()
	for b.Loop() {
		h.Free(h.Alloc(100))
	}
}
