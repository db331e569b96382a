package pipe

import (
	"testing"

	"github.com/catamaran-os/catamaran/link/linktest"
)

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  Config
	}{
		{"default", Config{}},
		{"tiny", Config{Frames: 64, Ring: 4}},
		{"many queues", Config{Queues: 3, Ring: 64, Frames: 200}},
		{"large frames", Config{MTU: 9000, Frames: 256, Ring: 64}},
		{"offload", Config{Offload: true}},
		{"offload, short ring", Config{Offload: true, Ring: 16, Frames: 64}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linktest.Run(t, func(t *testing.T) linktest.Pair {
				a, b, err := New(tt.cfg)
				if err != nil {
					t.Fatal(err)
				}
				return linktest.Pair{
					A: a, B: b,
					Lossless:        true,
					SetUp:           func(up bool) error { a.SetUp(up); return nil },
					CloseConcurrent: true,
				}
			})
		})
	}
}
