package memq_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
)

// TestConformance runs the suite in one runtime, whose two sides are the same.
func TestConformance(t *testing.T) {
	libostest.Run(t, func(tb libostest.TB, o libostest.Options) *libostest.Pair {
		arena, err := mem.New(mem.Options{Limit: o.MemoryLimit, NoHugepages: true, Misuse: o.Misuse})
		if err != nil {
			tb.Fatalf("open: %v", err)
		}
		rt, err := libos.New(libos.Options{Memory: arena, MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse})
		if err != nil {
			tb.Fatalf("open: %v", err)
		}
		e := memq.New(arena)
		rt.Add(e)
		return &libostest.Pair{
			Traits: libostest.Traits{Name: "memory queues"},
			A:      rt, B: rt,
			MemoryQueue: func(rt *libos.Runtime) (libos.QD, error) {
				q, err := e.Queue(0)
				if err != nil {
					return 0, err
				}
				return rt.Insert(q)
			},
			InUse: func(*libos.Runtime) int64 { return int64(arena.Stats().InUse) },
			Close: rt.Close,
		}
	})
}
