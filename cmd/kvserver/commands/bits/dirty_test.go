package bits

import (
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// Only what changes a string counts as a change, each operation of BITFIELD for itself.
func TestDirty(t *testing.T) {
	d := enginetest.New(t, Commands)
	for _, c := range []struct {
		line  string
		dirty uint64
	}{
		{"setbit a 0 0", 1},
		{"setbit a 0 0", 0},
		{"setbit a 90 0", 1},
		{"bitfield b set i5 0 0", 1},
		{"bitfield b set i5 0 0", 0},
		{"bitfield b incrby i5 0 1 incrby i5 0 0 set u2 3 3", 2},
		{"bitfield c incrby i5 0 1 set u2 8 0", 2},
		{"bitfield b overflow fail set u2 0 4", 0},
		{"bitfield b get u2 0", 0},
	} {
		before := d.E.Stats.Dirty
		d.Line(c.line)
		if n := d.E.Stats.Dirty - before; n != c.dirty {
			t.Errorf("%s: %d changes, want %d", c.line, n, c.dirty)
		}
	}
}
