//go:build catdebug || race

package mem

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/catamaran-os/catamaran/libos"
)

// checks is true under -tags catdebug and -race.
const checks = true

const (
	poison         = 0xdb
	quarantineLen  = 256 // freed slots that are kept back
	recordedFrames = 16
	listedLeaks    = 10
)

// A record tells the history of a slot.
type record struct {
	size        int
	alloc, free [recordedFrames]uintptr
}

type heldBack struct {
	b    *superblock
	slot uint16
}

// checkState is what the checks add to an Arena.
type checkState struct{ quarantine []heldBack }

func (b *superblock) bytes(slot uint16) []byte {
	if b.shift == 0 {
		return b.mem
	}
	return b.mem[int(slot)<<b.shift : (int(slot)+1)<<b.shift]
}

func (a *Arena) noteAlloc(b *superblock, slot uint16, size int) {
	b.records[slot] = record{size: size}
	runtime.Callers(3, b.records[slot].alloc[:])
}

func (a *Arena) noteFree(b *superblock, slot uint16) {
	runtime.Callers(3, b.records[slot].free[:])
	m := b.bytes(slot)
	for i := range m {
		m[i] = poison
	}
}

// holdBack puts a freed slot into quarantine and returns the one that leaves it, if any. Before a slot is used again its
// poison is looked at.
func (a *Arena) holdBack(b *superblock, slot uint16) (*superblock, uint16, bool) {
	q := append(a.quarantine, heldBack{b, slot})
	if len(q) <= quarantineLen {
		a.quarantine = q
		return nil, 0, false
	}
	out := q[0]
	a.quarantine = append(q[:0], q[1:]...)
	a.checkPoison(out)
	return out.b, out.slot, true
}

// flushQuarantine makes room: freed slots are free for good.
func (a *Arena) flushQuarantine() error {
	var errs []error
	for _, h := range a.quarantine {
		a.checkPoison(h)
		errs = append(errs, a.giveBack(h.b, h.slot))
	}
	a.quarantine = a.quarantine[:0]
	return errors.Join(errs...)
}

func (a *Arena) checkPoison(h heldBack) {
	for i, c := range h.b.bytes(h.slot) {
		if c != poison {
			a.opt.Misuse(fmt.Sprintf("mem: byte %d of freed memory was written\n%s", i, h.b.history(h.slot)))
			return
		}
	}
}

func (b *superblock) history(slot uint16) string {
	r := &b.records[slot]
	var s strings.Builder
	fmt.Fprintf(&s, "%d bytes, allocated by\n%s", r.size, stack(r.alloc[:]))
	if r.free[0] != 0 {
		fmt.Fprintf(&s, "freed by\n%s", stack(r.free[:]))
	}
	return s.String()
}

func stack(pcs []uintptr) string {
	var s strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function != "" {
			fmt.Fprintf(&s, "\t%s\n\t\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			return s.String()
		}
	}
}

// Describe implements libos.Memory.
func (a *Arena) Describe(h libos.Handle) string {
	i, slot := int(h&(1<<blockBits-1)), uint16(h>>blockBits&(1<<slotBits-1))
	if i >= len(a.blocks) || int(slot) >= len(a.blocks[i].records) {
		return ""
	}
	return a.blocks[i].history(slot)
}

// leaks returns an error that lists what is still allocated.
func (a *Arena) leaks() error {
	err := a.flushQuarantine()
	if a.live == 0 {
		return err
	}
	var s strings.Builder
	listed := 0
	for _, b := range a.blocks {
		for slot, refs := range b.refs {
			if refs > 0 && listed < listedLeaks {
				listed++
				fmt.Fprintf(&s, "\n%d references to %s", refs, b.history(uint16(slot)))
			}
		}
	}
	return errors.Join(err, fmt.Errorf("close arena: %d allocations were not freed%s", a.live, s.String()))
}
