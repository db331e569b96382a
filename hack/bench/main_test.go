package main

import (
	"syscall"
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
		{"bench", "run", "--keys", "9999"},
		{"bench", "run", "--list", "hulk"},
		{"bench", "hugepages"},
		{"bench", "hugepages", "-1"},
		{"bench", "hugepages", "some"},
		{"bench", "run", "--kv-idle", "sometimes"},
		{"bench", "profile"},
		{"bench", "server", "--addr", "10.99.0.2", "--ip", "10.99.0.2/24"},
		{"bench", "client", "--addr", "10.99.0.2:7000", "--ip", "fd99::1/64"},
	} {
		if got := run(args); got != statusUsage {
			t.Errorf("%q ends with status %d, want %d", args, got, statusUsage)
		}
	}
	if got := run([]string{"bench", "run", "--list", "dpdk/raw", "bulk"}); got != 0 {
		t.Errorf("to list suites ends with status %d", got)
	}
	if got := run([]string{"bench", "client", "--peer", "go-nte", "--addr", "127.0.0.1:9", "--ip", "127.0.0.1/8"}); got != statusFailure {
		t.Errorf("an unknown peer ends with status %d, want %d", got, statusFailure)
	}
}

// What a process may open is enough afterwards, whatever it was, and never less.
func TestAllowFiles(t *testing.T) {
	var before, after syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}()
	low := syscall.Rlimit{Cur: 64, Max: before.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	for _, n := range []uint64{128, 32} {
		if err := allowFiles(n); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &after); err != nil {
			t.Fatal(err)
		}
		if after.Cur != 128 || after.Max != before.Max {
			t.Errorf("%d files wanted: %+v, was %+v", n, after, low)
		}
	}
}
