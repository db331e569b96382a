package fault

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

// Counters tell what was done to the frames of one queue and direction.
type Counters struct {
	Dropped     uint64 // by Drop
	Corrupted   uint64
	Duplicated  uint64
	Delayed     uint64
	Reordered   uint64
	Partitioned uint64 // dropped by a partition
	Overflow    uint64 // passed on without their delay, reordering or duplicate, because no memory was left for a copy
	Held        int    // held back now
}

// A lane is one direction of one queue.
type lane struct {
	faults Faults
	rng    *rand.Rand
	store  store
	spared int           // frames that still pass unharmed
	until  time.Duration // end of the partition that a frame began
	count  Counters
}

func newLane(cfg *Config, f Faults, stream uint64, room int) *lane {
	return &lane{
		faults: f,
		rng:    rand.New(rand.NewPCG(cfg.Seed, stream)),
		store:  newStore(cfg.Held, room),
		spared: f.After,
		until:  math.MinInt64, // none has begun, whatever the clock shows
	}
}

// A fate is what happens to one frame.
type fate struct {
	drop               bool
	partition          bool // it vanishes in a partition
	begins             bool // and begins it
	corrupt, duplicate bool
	delay              time.Duration // 0: none
	reorder            int           // 0: not
	bit                uint64        // which one is inverted, modulo the frame's bits

	// Prepared by apply, and undone by revert if the device does not take the frame.
	inverted bool
	overflow bool
	copied   bool
	copy     held
}

// passes tells whether the frame itself goes on. A copy may go on later in any case.
func (f *fate) passes() bool {
	return !f.drop && !f.partition && !(f.copied && !f.duplicate)
}

// draw decides about the next frame. It draws the same number of values whatever it decides, none for one that is spared.
func (l *lane) draw() (f fate) {
	if l.spared > 0 {
		l.spared--
		return f
	}
	r, c := l.rng, &l.faults
	f.drop = r.Float64() < c.Drop
	f.corrupt = r.Float64() < c.Corrupt
	f.duplicate = r.Float64() < c.Duplicate
	delay, delayTime := r.Float64() < c.Delay, r.Float64()
	reorder, reorderBy := r.Float64() < c.Reorder, r.Float64()
	f.partition = r.Float64() < c.Partition
	f.bit = r.Uint64()
	if delay {
		f.delay = c.DelayMin + time.Duration(delayTime*float64(c.DelayMax-c.DelayMin))
	}
	if reorder {
		f.reorder = 1 + int(reorderBy*float64(c.ReorderFrames))
	}
	return f
}

// apply does to g what can be undone. cut says that there is a partition already. A frame of a
// length that the device refuses is the device's to count.
func (l *lane) apply(f *fate, g *link.Frame, now time.Duration, cut bool) {
	if len(g.Data) == 0 || len(g.Data) > l.store.room {
		*f = fate{}
		return
	}
	f.begins = f.partition && !cut
	f.partition = f.partition || cut
	if f.drop || f.partition {
		return
	}
	if f.corrupt {
		f.invert(g)
	}
	if f.delay == 0 && f.reorder == 0 && !f.duplicate {
		return
	}
	f.copy, f.copied = l.store.copy(g)
	f.overflow = !f.copied
	// A frame that is held back and duplicated goes on now, and once more at its time: that is one copy, not two.
	f.copy.due = now + f.delay
	if f.reorder > 0 {
		f.copy.behind = f.reorder
		f.copy.due = max(f.copy.due, now+l.faults.ReorderTime)
	}
}

// invert inverts a bit. The device may have verified the frame before; now nobody has.
func (f *fate) invert(g *link.Frame) {
	bit := f.bit % uint64(8*len(g.Data))
	g.Data[bit/8] ^= 1 << (bit % 8)
	g.Csum = link.CsumUnknown
	f.inverted = !f.inverted
}

// revert undoes apply for a frame that stays the caller's.
func (l *lane) revert(f *fate, g *link.Frame) {
	if f.inverted {
		f.invert(g)
	}
	if f.copied {
		l.store.discard(&f.copy)
	}
}

// commit counts, and begins what apply prepared.
func (l *lane) commit(f *fate, now time.Duration) {
	c := &l.count
	switch {
	case f.partition:
		c.Partitioned++
		if f.begins {
			l.until = now + l.faults.PartitionTime
		}
		return
	case f.drop:
		c.Dropped++
		return
	}
	count(&c.Corrupted, f.inverted)
	count(&c.Overflow, f.overflow)
	if f.copied {
		count(&c.Duplicated, f.duplicate)
		count(&c.Delayed, f.delay > 0)
		count(&c.Reordered, f.reorder > 0)
		l.store.insert(f.copy)
	}
}

func count(counter *uint64, did bool) {
	if did {
		*counter++
	}
}

// counters returns the counters with what is held now.
func (l *lane) counters() Counters {
	c := l.count
	c.Held = len(l.store.queue)
	return c
}
