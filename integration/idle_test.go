package integration

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cpuTime returns the processor time that a process has used (proc(5): utime and stime, in ticks of 10 ms).
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	// The name in parentheses may hold spaces; utime and stime are the 12th and 13th field after it.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	var ticks int
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// An idle server on the default policy uses under 1% of a core, and answers the next request.
func TestIdle(t *testing.T) {
	const during = 10 * time.Second
	for _, libos := range []string{"kernel", "afxdp"} {
		t.Run(libos, func(t *testing.T) {
			l := newLab(t)
			addr, flags := hostPort(l.b.v4, 7), []string(nil)
			if libos == "afxdp" {
				addr, flags = hostPort(l.b.l4, 7), l.b.afxdp()
			}
			srv := l.b.startServer(t, append(flags, "--listen", addr)...)
			l.a.client(t, 100, "--connect", addr)
			before := cpuTime(t, srv.cmd.Process.Pid)
			select {
			case <-srv.done:
				t.Fatalf("the server ended: %v", srv.err)
			case <-time.After(during):
			}
			used := cpuTime(t, srv.cmd.Process.Pid) - before
			t.Logf("idle for %v: %v of processor time", during, used)
			if used >= during/100 {
				t.Errorf("idle for %v: %v of processor time, want under 1%%", during, used)
			}
			l.a.client(t, 100, "--connect", addr)
			srv.stop(t)
		})
	}
}
