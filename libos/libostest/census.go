package libostest

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// A census is what a process must not gather: descriptors and goroutines. It names them, since one that is about to go when
// the census is taken could make up for one that stays.
type census struct {
	fds        map[string]string
	goroutines map[string]string
}

func takeCensus() census {
	startPoller()
	return census{fds: openFDs(), goroutines: goroutines()}
}

// goroutines maps "goroutine 7" to the stack of each.
func goroutines() map[string]string {
	buf := make([]byte, 64<<10)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	all := map[string]string{}
	for _, stack := range strings.Split(string(buf[:n]), "\n\n") {
		id, _, _ := strings.Cut(stack, " [")
		all[id] = stack
	}
	return all
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
	var leaked, running []string
	for end := time.Now().Add(2 * time.Second); ; runtime.Gosched() {
		leaked, running = leaked[:0], running[:0]
		for fd, target := range openFDs() {
			if c.fds[fd] != target && !strings.HasPrefix(target, "/proc/") { // the second is openFDs itself
				leaked = append(leaked, fd+" "+target)
			}
		}
		for id, stack := range goroutines() {
			if c.goroutines[id] == "" {
				running = append(running, stack)
			}
		}
		if len(leaked) == 0 && len(running) == 0 {
			return
		}
		if time.Now().After(end) {
			break
		}
	}
	if len(leaked) > 0 {
		tb.Errorf("%d descriptors were left open: %s", len(leaked), strings.Join(leaked, ", "))
	}
	if len(running) > 0 {
		tb.Errorf("%d goroutines were left running:\n%s", len(running), strings.Join(running, "\n\n"))
	}
}
