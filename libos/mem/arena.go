package mem

import (
	"errors"
	"fmt"
	"math/bits"
	"net"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

const (
	superblockSize = 2 << 20
	minShift       = 6  // smallest class: 64 B
	maxShift       = 21 // largest class: one superblock
	classes        = maxShift - minShift + 1
	keepEmpty      = 8 // empty superblocks that are kept mapped for reuse

	blockBits = 16
	slotBits  = 15
	genBits   = 64 - blockBits - slotBits
	maxGen    = 1<<genBits - 1

	// DefaultLimit is the limit of an arena in bytes, unless Options say otherwise.
	DefaultLimit = 1 << 30
	// MaxLimit is the largest limit: what handles can name.
	MaxLimit = superblockSize << blockBits
)

// Options configure an Arena.
type Options struct {
	// Limit bounds the memory taken from the system, in bytes. Default DefaultLimit, at least 2 MiB.
	Limit int
	// NoHugepages keeps the arena away from the system's reserved hugepages.
	NoHugepages bool
	// Misuse receives reports of writes to freed memory, under -tags catdebug and -race. Default: panic.
	Misuse func(report string)
}

// Arena implements libos.Memory.
type Arena struct {
	opt     Options
	mapped  int // bytes held from the system
	blocks  []*superblock
	spare   []uint16               // indices in blocks without a superblock
	partial [classes][]*superblock // superblocks with free slots
	empty   []*superblock          // mapped, without a class
	live    int                    // allocations
	inUse   int                    // bytes of live allocations, by class size
	closed  bool

	exhausted error // made once: who waits for memory gets it again and again
	checkState
}

var _ libos.Memory = (*Arena)(nil)

// A superblock is one run of memory, cut into equal slots.
type superblock struct {
	index   uint16
	mem     []byte
	shift   int // slot size is 1<<shift; 0 for a large allocation, which is one slot
	refs    []uint32
	gens    []uint64 // grow for the whole life of the index
	free    []uint16
	records []record // checks only
}

// New returns an empty arena. EINVAL: the limit is out of range.
func New(o Options) (*Arena, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Limit < superblockSize || o.Limit > MaxLimit {
		return nil, fmt.Errorf("open arena: limit of %d bytes is not between %d and %d: %w", o.Limit, superblockSize, MaxLimit, syscall.EINVAL)
	}
	if o.Misuse == nil {
		o.Misuse = func(report string) { panic(report) }
	}
	return &Arena{opt: o, exhausted: fmt.Errorf("arena of %d bytes is exhausted: %w", o.Limit, syscall.ENOMEM)}, nil
}

// Stats are the sizes of an arena.
type Stats struct {
	Live   int // allocations that are not freed
	InUse  int // their bytes, rounded up to size classes
	Mapped int // bytes held from the system
	Limit  int // bytes
}

// Stats returns the sizes now.
func (a *Arena) Stats() Stats {
	return Stats{Live: a.live, InUse: a.inUse, Mapped: a.mapped, Limit: a.opt.Limit}
}

// Alloc implements libos.Memory.
func (a *Arena) Alloc(size int) (libos.Segment, error) {
	if a.closed {
		return libos.Segment{}, net.ErrClosed
	}
	if size < 1 {
		return libos.Segment{}, syscall.EINVAL
	}
	if size > superblockSize {
		return a.allocLarge(size)
	}
	class := max(bits.Len(uint(size-1)), minShift) - minShift
	if len(a.partial[class]) == 0 {
		if err := a.stock(class); err != nil {
			return libos.Segment{}, err
		}
	}
	list := a.partial[class]
	b := list[len(list)-1]
	slot := b.free[len(b.free)-1]
	b.free = b.free[:len(b.free)-1]
	if len(b.free) == 0 {
		a.partial[class] = list[:len(list)-1]
	}
	off := int(slot) << b.shift
	a.inUse += 1 << b.shift
	return a.hand(b, slot, b.mem[off:off+size:off+size]), nil
}

// hand gives out a slot with one reference.
func (a *Arena) hand(b *superblock, slot uint16, data []byte) libos.Segment {
	b.refs[slot] = 1
	a.live++
	if checks {
		a.noteAlloc(b, slot, len(data))
	}
	return libos.Segment{Data: data, Handle: b.handle(slot)}
}

func (b *superblock) handle(slot uint16) libos.Handle {
	return libos.Handle(b.gens[slot]<<(blockBits+slotBits) | uint64(slot)<<blockBits | uint64(b.index))
}

// find returns the slot of a handle that is alive.
func (a *Arena) find(h libos.Handle) (*superblock, uint16, bool) {
	i, slot, gen := int(h&(1<<blockBits-1)), uint16(h>>blockBits&(1<<slotBits-1)), uint64(h>>(blockBits+slotBits))
	if i >= len(a.blocks) {
		return nil, 0, false
	}
	b := a.blocks[i]
	if int(slot) >= len(b.refs) || b.gens[slot] != gen || b.refs[slot] == 0 {
		return nil, 0, false
	}
	return b, slot, true
}

// Retain implements libos.Memory.
func (a *Arena) Retain(h libos.Handle) error {
	b, slot, ok := a.find(h)
	if !ok {
		return a.stale(h)
	}
	b.refs[slot]++
	return nil
}

// Release implements libos.Memory.
func (a *Arena) Release(h libos.Handle) error {
	b, slot, ok := a.find(h)
	if !ok {
		return a.stale(h)
	}
	if b.refs[slot]--; b.refs[slot] > 0 {
		return nil
	}
	a.live--
	b.gens[slot]++
	if checks {
		a.noteFree(b, slot)
	}
	if b.shift == 0 {
		a.inUse -= len(b.mem)
		return a.unmap(b)
	}
	a.inUse -= 1 << b.shift
	if checks {
		if b, slot, ok = a.holdBack(b, slot); !ok {
			return nil
		}
	}
	return a.giveBack(b, slot)
}

// giveBack makes a slot free again.
func (a *Arena) giveBack(b *superblock, slot uint16) error {
	if b.gens[slot] >= maxGen {
		return nil // retired: a further generation would repeat an old handle
	}
	class := b.shift - minShift
	b.free = append(b.free, slot)
	if len(b.free) == 1 {
		a.partial[class] = append(a.partial[class], b)
	}
	if len(b.free) == len(b.refs) && len(a.partial[class]) > 1 {
		// Another superblock serves this class; this one may serve any.
		a.dropPartial(class, b)
		return a.retire(b)
	}
	return nil
}

func (a *Arena) dropPartial(class int, b *superblock) {
	list := a.partial[class]
	for i := range list {
		if list[i] == b {
			list[i] = list[len(list)-1]
			a.partial[class] = list[:len(list)-1]
			return
		}
	}
}

func (a *Arena) stale(h libos.Handle) error {
	if where := a.Describe(h); where != "" {
		return fmt.Errorf("memory was freed before: %w\n%s", syscall.EINVAL, where)
	}
	return fmt.Errorf("memory was freed before: %w", syscall.EINVAL)
}

// Close implements libos.Memory. It is idempotent.
func (a *Arena) Close() error {
	if a.closed {
		return nil
	}
	errs := []error{a.leaks()}
	a.closed = true
	for _, b := range a.blocks {
		if b.mem != nil {
			errs = append(errs, a.unmap(b))
		}
		b.refs = nil
	}
	a.empty, a.partial = nil, [classes][]*superblock{}
	return errors.Join(errs...)
}
