package mem

import (
	"fmt"
	"slices"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// stock gives a class without free slots a superblock that has some.
func (a *Arena) stock(class int) error {
	if len(a.empty) == 0 && a.mapped+superblockSize > a.opt.Limit {
		if err := a.flushQuarantine(); err != nil {
			return err
		}
		if len(a.partial[class]) > 0 {
			return nil // some were kept back
		}
	}
	var b *superblock
	if n := len(a.empty); n > 0 {
		b = a.empty[n-1]
		a.empty = a.empty[:n-1]
	} else {
		var err error
		if b, err = a.newBlock(superblockSize); err != nil {
			return err
		}
	}
	b.cut(class + minShift)
	a.partial[class] = append(a.partial[class], b)
	return nil
}

// cut divides a superblock into slots of 1<<shift bytes.
func (b *superblock) cut(shift int) {
	n := superblockSize >> shift
	b.shift = shift
	b.setSlots(n)
	b.free = slices.Grow(b.free[:0], n)
	for i := n - 1; i >= 0; i-- { // slot 0 is handed out first
		b.free = append(b.free, uint16(i))
	}
}

// setSlots makes n slots, none alive. Generations go on where an earlier cut left them.
func (b *superblock) setSlots(n int) {
	var next uint64 = 1
	if len(b.gens) > 0 {
		next = slices.Max(b.gens) + 1
	}
	b.refs = slices.Grow(b.refs[:0], n)[:n]
	b.gens = slices.Grow(b.gens[:0], n)[:n]
	for i := range n {
		b.refs[i], b.gens[i] = 0, next
	}
	if checks {
		b.records = make([]record, n)
	}
}

func (a *Arena) allocLarge(size int) (libos.Segment, error) {
	if size > a.opt.Limit&^(superblockSize-1) { // superblocks are whole
		return libos.Segment{}, fmt.Errorf("%d bytes of an arena of %d: %w", size, a.opt.Limit, libos.ErrTooLarge)
	}
	b, err := a.newBlock((size + superblockSize - 1) &^ (superblockSize - 1))
	if err != nil {
		return libos.Segment{}, err
	}
	b.shift = 0
	b.setSlots(1)
	a.inUse += len(b.mem)
	return a.hand(b, 0, b.mem[:size:size]), nil
}

// newBlock maps size bytes, a multiple of superblockSize, under an index of its own.
func (a *Arena) newBlock(size int) (*superblock, error) {
	if a.mapped+size > a.opt.Limit {
		if err := a.trim(size); err != nil {
			return nil, err
		}
	}
	if len(a.spare) == 0 && len(a.blocks) == 1<<blockBits {
		return nil, fmt.Errorf("arena has used up its handles: %w", syscall.ENOMEM)
	}
	m, err := a.mapMemory(size)
	if err != nil {
		return nil, err
	}
	a.mapped += size
	if n := len(a.spare); n > 0 {
		b := a.blocks[a.spare[n-1]]
		a.spare = a.spare[:n-1]
		b.mem = m
		return b, nil
	}
	b := &superblock{index: uint16(len(a.blocks)), mem: m}
	a.blocks = append(a.blocks, b)
	return b, nil
}

// trim gives empty superblocks back until size more bytes fit under the limit.
func (a *Arena) trim(size int) error {
	if err := a.flushQuarantine(); err != nil {
		return err
	}
	// A class keeps its last superblock also when that is empty.
	for class := range a.partial {
		for i := len(a.partial[class]) - 1; i >= 0; i-- {
			if b := a.partial[class][i]; len(b.free) == len(b.refs) {
				a.dropPartial(class, b)
				a.empty = append(a.empty, b)
			}
		}
	}
	for a.mapped+size > a.opt.Limit {
		n := len(a.empty)
		if n == 0 {
			return a.exhausted
		}
		b := a.empty[n-1]
		a.empty = a.empty[:n-1]
		if err := a.unmap(b); err != nil {
			return err
		}
	}
	return nil
}

// retire takes an empty superblock out of its class.
func (a *Arena) retire(b *superblock) error {
	if len(a.empty) < keepEmpty {
		a.empty = append(a.empty, b)
		return nil
	}
	return a.unmap(b)
}

// unmap gives the memory of a superblock back and keeps its index, and with it the generations, for another.
func (a *Arena) unmap(b *superblock) error {
	m := b.mem
	b.mem, b.shift = nil, 0
	for i := range b.refs {
		b.refs[i] = 0
	}
	b.free = b.free[:0]
	a.mapped -= len(m)
	if !a.closed && slices.Max(b.gens) < maxGen { // further generations would repeat old handles
		a.spare = append(a.spare, b.index)
	}
	return unmapMemory(m)
}
