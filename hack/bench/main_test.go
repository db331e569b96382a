package main

import (
	"testing"
)

// A command line that cannot be run is told from a run that failed, before anything is made.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"bench"},
		{"bench", "rnu"},
		{"bench", "run", "--rounds", "0"},
		{"bench", "run", "--rounds", "many"},
		{"bench", "run", "--other", "101"},
		{"bench", "run", "--duration", "1h"},
		{"bench", "server", "--addr", "10.99.0.2", "--ip", "10.99.0.2/24"},
		{"bench", "client", "--addr", "10.99.0.2:7000", "--ip", "fd99::1/64"},
	} {
		if got := run(args); got != statusUsage {
			t.Errorf("%q ends with status %d, want %d", args, got, statusUsage)
		}
	}
	if got := run([]string{"bench", "client", "--peer", "go-nte", "--addr", "127.0.0.1:9", "--ip", "127.0.0.1/8"}); got != statusFailure {
		t.Errorf("an unknown peer ends with status %d, want %d", got, statusFailure)
	}
}
