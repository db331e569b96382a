package fault

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/link/linktest"
	"github.com/catamaran-os/catamaran/link/pipe"
)

func TestConformance(t *testing.T) {
	bad := Faults{
		Drop: 0.05, Corrupt: 0.05, Duplicate: 0.05,
		Delay: 0.05, DelayMax: time.Millisecond,
		Reorder:   0.05,
		Partition: 0.001, PartitionTime: 50 * time.Microsecond,
	}
	for _, tt := range []struct {
		name   string
		faults Faults
	}{
		{"no faults", Faults{}},
		{"all faults", bad},
		{"delay only", Faults{Delay: 1, DelayMin: time.Microsecond, DelayMax: time.Microsecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linktest.Run(t, func(t *testing.T) linktest.Pair {
				a, b, err := pipe.New(pipe.Config{})
				if err != nil {
					t.Fatal(err)
				}
				fa, err := New(a, Config{Seed: 1, RX: tt.faults, TX: tt.faults})
				if err != nil {
					t.Fatal(err)
				}
				fb, err := New(b, Config{Seed: 2, RX: tt.faults, TX: tt.faults})
				if err != nil {
					t.Fatal(err)
				}
				faults := tt.faults != Faults{}
				return linktest.Pair{
					A: fa, B: fb,
					Lossless: !faults,
					Faults:   faults,
					SetUp:    func(up bool) error { a.SetUp(up); return nil },
				}
			})
		})
	}
}
