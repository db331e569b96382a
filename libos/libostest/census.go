package libostest

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A census counts what a process must not gather: descriptors and goroutines.
type census struct {
	fds        map[string]string
	goroutines int
}

func takeCensus() census {
	startPoller()
	return census{fds: openFDs(), goroutines: runtime.NumGoroutine()}
}

// startPoller makes the Go runtime open the two descriptors of its poller, which then stay.
var startPoller = sync.OnceFunc(func() {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close() // nothing was written
		_ = w.Close()
	}
})

// openFDs maps the number of each open descriptor to what it is.
func openFDs() map[string]string {
	fds := map[string]string{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fds // no procfs: nothing to compare
	}
	for _, entry := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil {
			fds[entry.Name()] = target
		}
	}
	return fds
}

// compare fails tb for what has come since. Goroutines and descriptors of the Go runtime itself may need a moment to go.
func (c census) compare(tb TB) {
	tb.Helper()
	var leaked []string
	running := 0
	for end := time.Now().Add(2 * time.Second); ; runtime.Gosched() {
		leaked = leaked[:0]
		for fd, target := range openFDs() {
			if c.fds[fd] != target && !strings.HasPrefix(target, "/proc/") { // the second is openFDs itself
				leaked = append(leaked, fd+" "+target)
			}
		}
		running = runtime.NumGoroutine()
		if len(leaked) == 0 && running <= c.goroutines {
			return
		}
		if time.Now().After(end) {
			break
		}
	}
	if len(leaked) > 0 {
		tb.Errorf("%d descriptors were left open: %s", len(leaked), strings.Join(leaked, ", "))
	}
	if running > c.goroutines {
		buf := make([]byte, 64<<10)
		tb.Errorf("%d goroutines, %d before\n%s", running, c.goroutines, buf[:runtime.Stack(buf, true)])
	}
}
