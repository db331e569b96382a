package lab

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/internal/require"
)

const meminfo = `MemTotal:       24684084 kB
MemAvailable:    2097152 kB
HugePages_Total:      20
HugePages_Free:       12
HugePages_Rsvd:        2
Hugepagesize:       2048 kB
`

// What is free and not promised to others counts, and memory that others need is not taken.
func TestLacking(t *testing.T) {
	for _, tt := range []struct {
		old, new string
		mib      int
		want     int // -1: an error
	}{
		{"", "", 64, 22},
		{"", "", 63, 22},
		{"", "", 20, 0},
		{"Free:       12", "Free:       40", 64, 0},
		{"", "", 1044, 512},
		{"", "", 1046, -1},
		{"MemAvailable:    2097152", "MemAvailable:    1000", 20, 0},
		{"Hugepagesize:       2048 kB\n", "", 64, -1},
		{"Hugepagesize:       2048", "Hugepagesize:       1048576", 11 << 10, 1},
		{"Hugepagesize:       2048", "Hugepagesize:       1048576", 12 << 10, -1},
		{"Free:       12", "Free:       2", 512, 256},
	} {
		got, err := lacking(strings.Replace(meminfo, tt.old, tt.new, 1), tt.mib<<20)
		if tt.want < 0 && err == nil || tt.want >= 0 && (err != nil || got != tt.want) {
			t.Errorf("%q for %q, %d MiB: %d, %v, want %d", tt.new, tt.old, tt.mib, got, err, tt.want)
		}
	}
}

// A keeper that reserves nothing leaves nothing to give back, and says why.
func TestKeeperFails(t *testing.T) {
	fails := []string{"/bin/sh", "-c", "echo there are none >&2; exit 1"}
	for _, keeper := range [][]string{{"/nonexistent"}, fails, {"/bin/sh", "-c", "echo none"}} {
		h, err := Reserve(keeper, 1)
		if err == nil {
			t.Errorf("%q reserved %+v", keeper, h)
		}
	}
	_, err := Reserve(fails, 1)
	if !errors.Is(err, ErrHugepages) || !strings.Contains(err.Error(), "there are none") {
		t.Errorf("got %v", err)
	}
}

// The keeper lives as long as the pipe to it, and is asked for the bytes by its last argument.
func TestKeeperIsHeld(t *testing.T) {
	h, err := Reserve([]string{"/bin/sh", "-c", `echo added 0; cat; [ "$0" = 77 ]`}, 77)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What is reserved is there while the keeper is held, and the keeper ends in order.
func TestKeepHugepages(t *testing.T) {
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: reserves a hugepage")
	}
	in, hold := io.Pipe()
	told, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := KeepHugepages(in, out, 1)
		out.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		require.Skip(t, "this machine has no hugepage to reserve: "+err.Error())
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := lacking(string(text), 1); err != nil || n > 0 || !strings.HasPrefix(line, "added ") {
		t.Errorf("%d pages lack after %q, %v", n, line, err)
	}
	if err := hold.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
