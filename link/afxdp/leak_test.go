package afxdp

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
)

// holdings counts what opens of a device take: descriptors (sockets, maps, programs, links) and mappings of rings and of
// frames.
func holdings(t *testing.T) (fds, rings int, virtual uint64) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		t.Fatal(err)
	}
	return len(entries), strings.Count(string(maps), "socket:["), pages * uint64(os.Getpagesize())
}

// TestFailedOpenLeavesNothing fails at each step of opening a queue, several times.
func TestFailedOpenLeavesNothing(t *testing.T) {
	w := newWire(t, 2, 1500)
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // finalizers would close what is forgotten
	taken := w.a.mustOpen(t, small(nameA, ipA), 0)
	const frames = 1 << 16 // 128 MiB, more than the Go heap grows by at a time
	for _, c := range []struct {
		name  string
		ns    *netns
		cfg   Config
		queue int
		prep  func() error
		want  syscall.Errno
	}{
		{"queue taken", w.a, Config{Interface: nameA}, 0, nil, syscall.EBUSY},
		{"program there, queue not taken", w.a, Config{Interface: nameA}, 1, nil, syscall.EBUSY},
		{"no zero-copy", w.b, Config{Interface: nameB, Mode: ModeZeroCopy}, 0, nil, syscall.EOPNOTSUPP},
		{"program refused", w.b, Config{Interface: nameB}, 0, func() error { return w.a.setMTU(nameA, 9000) }, syscall.ERANGE},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.prep != nil {
				if err := c.prep(); err != nil {
					t.Fatal(err)
				}
			}
			if c.want == syscall.EBUSY {
				defer shortenWait()()
			}
			c.cfg.Frames = frames
			try := func() {
				t.Helper()
				d, err := c.ns.open(c.cfg, c.queue)
				if err == nil {
					d.Close()
				}
				wantError(t, err, c.want)
			}
			try() // what is opened once for all, such as the runtime's poller
			fds, rings, virtual := holdings(t)
			for range 2 {
				try()
			}
			fds2, rings2, virtual2 := holdings(t)
			if fds2 > fds || rings2 > rings || virtual2 > virtual+200<<20 {
				t.Errorf("%d descriptors, %d rings, %d bytes; before: %d, %d, %d", fds2, rings2, virtual2, fds, rings, virtual)
			}
			if info := w.b.attached(t, nameB); info.xdpMode != 0 {
				t.Errorf("a %s program was left", info.modeName())
			}
		})
	}
	if _, err := taken.Queue(0).RxBurst(nil); err != nil {
		t.Errorf("the queue that was there before: %v", err)
	}
}
