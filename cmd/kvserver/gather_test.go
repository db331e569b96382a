package main

import (
	"testing"

	"github.com/catamaran-os/catamaran/api"
)

func TestGather(t *testing.T) {
	g := newGatherer(api.Kernel, api.Adaptive)
	step := func(clients int, want bool) {
		t.Helper()
		if got := g.pauses(clients); got != want {
			t.Fatalf("pauses(%d) is %v", clients, got)
		}
	}
	for range 3 { // one client alone, who never waits
		step(1, false)
	}
	step(0, false)
	step(2, true)
	step(0, false) // nothing came: the round before has cost nothing
	for range gatherRounds - 1 {
		step(1, true)
	}
	for range 3 {
		step(1, false)
	}
	step(50, true)
	for _, off := range []gatherer{newGatherer(api.AFXDP, api.Adaptive), newGatherer(api.Pipe, api.Spin), newGatherer(api.Kernel, api.Block)} {
		if off.pauses(50) {
			t.Errorf("%+v pauses", off)
		}
	}
}
