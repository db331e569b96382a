package lab

import (
	"os"
	"testing"
	"time"
)

func TestBusy(t *testing.T) {
	const text = "cpu  100 20 30 4000 500 6 7 8 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n"
	for irqApart, want := range map[bool]time.Duration{false: 1710 * time.Millisecond, true: 1580 * time.Millisecond} {
		if got, err := busy(text, irqApart); err != nil || got != want {
			t.Errorf("interrupts apart %v: %v, %v, want %v", irqApart, got, err, want)
		}
	}
	for _, bad := range []string{"", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8 9", "cpu 1 2 x 4 5 6 7 8 9 0"} {
		if got, err := busy(bad, false); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func TestListens(t *testing.T) {
	const table = "  sl  local_address rem_address   st tx_queue\n" +
		"   0: 0200630A:1B58 00000000:0000 0A 00000000:00000000 00:00000000\n" +
		"   1: 0200630A:1B59 0100630A:8000 01 00000000:00000000 00:00000000\n"
	if !listens(table, 7000) {
		t.Error("port 7000 is not seen")
	}
	if listens(table, 7001) {
		t.Error("a connection is taken for a listener")
	}
	if listens(table, 0x1B) {
		t.Error("a part of the port is taken for it")
	}
}

func TestParseMemory(t *testing.T) {
	m, err := parseHeap("go heap=1000 stacks=24 mallocs=7 collections=1\n")
	if err != nil || m.Heap != 1024 || m.Mallocs != 7 {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := parseHeap("go heap=1000 stacks=24 mallocs=\n"); err == nil {
		t.Errorf("a cut line is read as %+v", m)
	}
	const rollup = "55d0-7fff ---p 00000000 00:00 0   [rollup]\nRss:                2000 kB\nPss:      3 kB\n"
	if got, err := parseSize(rollup, "Rss:"); err != nil || got != 2000<<10 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, bad := range []string{"", "Rss: many kB", "Pss: 3 kB"} {
		if got, err := parseSize(bad, "Rss:"); err == nil {
			t.Errorf("%q is read as %d", bad, got)
		}
	}
}

// The clock of a process goes on while it works.
func TestCPUTime(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		after, err := cpuTime(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if after > before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the clock stands at %v", after)
		}
	}
	// The largest process id is 1<<22 (PID_MAX_LIMIT of include/linux/threads.h).
	if d, err := cpuTime(1 << 23); err == nil {
		t.Errorf("a process that does not exist has used %v", d)
	}
}
