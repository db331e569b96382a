package fault

import (
	"fmt"
	"time"
)

const (
	defaultHeld = 256
	maxHeld     = 1 << 16

	defaultReorderFrames = 3
	defaultReorderTime   = time.Millisecond
)

// Config describes the faults of a device.
type Config struct {
	Seed   uint64 // of all random generators. Any value
	RX, TX Faults // what happens to frames received and sent
	Held   int    // most copies held back per queue and direction. Default 256, at most 65536
	// Now is the clock, read once per burst. Default time.Now. If it leaps forward, what was held back until then goes on,
	// and partitions end. If it goes back, both last until it shows their end again.
	Now func() time.Time
}

// Faults are the faults of one direction. Each probability is for one frame, from 0 to 1, and independent of the others;
// a frame that is dropped suffers nothing else.
type Faults struct {
	Drop      float64 // the frame vanishes
	Corrupt   float64 // one bit is inverted. Where link.Info.Virtual is set, 1 of 65536 checksums then passes as unfinished
	Duplicate float64 // the frame arrives a second time, after other frames of its burst

	// Delay holds a frame back for a time from DelayMin to DelayMax. Frames with different delays overtake each other.
	Delay              float64
	DelayMin, DelayMax time.Duration

	// Reorder holds a frame back until 1 to ReorderFrames later ones have passed, or ReorderTime is over because no
	// more came. Defaults 3 and 1 ms.
	Reorder       float64
	ReorderFrames int
	ReorderTime   time.Duration

	// Partition is the probability that a frame begins a time of PartitionTime in which every frame vanishes.
	Partition     float64
	PartitionTime time.Duration

	// After is how many frames of each queue pass unharmed before the first that may not, so that peers find each other.
	After int
}

func (c Config) withDefaults() (Config, error) {
	if c.Held == 0 {
		c.Held = defaultHeld
	}
	if c.Held < 0 || c.Held > maxHeld {
		return c, fmt.Errorf("fault: Held is %d, must be from 1 to %d", c.Held, maxHeld)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := c.RX.complete("RX"); err != nil {
		return c, err
	}
	return c, c.TX.complete("TX")
}

// complete sets defaults and checks.
func (f *Faults) complete(direction string) error {
	if f.ReorderFrames == 0 {
		f.ReorderFrames = defaultReorderFrames
	}
	if f.ReorderTime == 0 {
		f.ReorderTime = defaultReorderTime
	}
	for _, p := range []struct {
		name string
		v    float64
	}{{"Drop", f.Drop}, {"Corrupt", f.Corrupt}, {"Duplicate", f.Duplicate}, {"Delay", f.Delay}, {"Reorder", f.Reorder}, {"Partition", f.Partition}} {
		if !(p.v >= 0 && p.v <= 1) { // so that NaN is refused too
			return fmt.Errorf("fault: %s.%s is %v, must be a probability from 0 to 1", direction, p.name, p.v)
		}
	}
	switch {
	case f.After < 0:
		return fmt.Errorf("fault: %s.After is %d, must be 0 or more", direction, f.After)
	case f.DelayMin < 0 || f.DelayMax < f.DelayMin:
		return fmt.Errorf("fault: %s delays from %v to %v, must be from 0 or more to no less", direction, f.DelayMin, f.DelayMax)
	case f.ReorderFrames < 0 || f.ReorderTime < 0:
		return fmt.Errorf("fault: %s reorders by %d frames or %v, must be positive", direction, f.ReorderFrames, f.ReorderTime)
	case f.PartitionTime < 0 || f.Partition > 0 && f.PartitionTime == 0:
		return fmt.Errorf("fault: %s partitions for %v, must be positive", direction, f.PartitionTime)
	}
	return nil
}
