//go:build catdebug || race

package slab

import "testing"

func TestChecksNoticeMisuse(t *testing.T) {
	for _, n := range []int{10, 300, 50 << 10} {
		h := New()
		other, r := h.Alloc(n), h.Alloc(n) // other keeps the run
		m := h.Bytes(r)
		if m[0] != poisonNew {
			t.Error("new memory is not poisoned")
		}
		mustPanic(t, "Bytes of what is within an allocation", func() { h.Bytes(r + 1) })
		h.Free(r)
		mustPanic(t, "the second Free", func() { h.Free(r) })
		mustPanic(t, "Bytes after Free", func() { h.Bytes(r) })
		if n <= maxSmall {
			if m[len(m)-1] != poisonFreed {
				t.Error("freed memory is not poisoned")
			}
			m[len(m)-1] = 1
			mustPanic(t, "Alloc of what was written after Free", func() { h.Alloc(n) })
		}
		if len(h.Bytes(other)) < n {
			t.Error("the other allocation is gone")
		}
	}
}
