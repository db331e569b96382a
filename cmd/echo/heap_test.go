package main

import (
	"bufio"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestReportOnSignal asks a running server for its counters.
func TestReportOnSignal(t *testing.T) {
	cmd := command("server", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error("server: ", err)
		}
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conns := 0
	lines := bufio.NewScanner(errs)
	for range 2 {
		if r, status, stderr := runReport(t, "--connect", strings.Fields(line)[2], "--count", "10"); status != 0 || r.Requests != 10 {
			t.Fatalf("status %d, %+v %s", status, r, stderr)
		}
		conns++
		if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		var seen []string
		for last := false; !last; last = strings.HasPrefix(seen[len(seen)-1], "go ") {
			if !lines.Scan() {
				t.Fatalf("the report ends after %q: %v", seen, lines.Err())
			}
			seen = append(seen, lines.Text())
		}
		if want := fmt.Sprintf("server connections=%d requests=%d ", conns, 10*conns); !strings.HasPrefix(seen[0], want) {
			t.Errorf("the report begins with %q, want %q", seen[0], want)
		}
		var heap, stacks, mallocs, collections uint64
		_, err := fmt.Sscanf(seen[len(seen)-1], "go heap=%d stacks=%d mallocs=%d collections=%d", &heap, &stacks, &mallocs, &collections)
		if err != nil || heap == 0 || stacks == 0 || mallocs == 0 {
			t.Errorf("%q: %v", seen[len(seen)-1], err)
		}
	}
}

func TestMallocs(t *testing.T) {
	before := mallocs()
	kept := make([]*[64]byte, 1000)
	for i := range kept {
		kept[i] = new([64]byte)
	}
	if n := mallocs() - before; n < uint64(len(kept)) {
		t.Errorf("%d allocations counted of at least %d", n, len(kept))
	}
	for i := range kept { // so that they are on the heap
		kept[i][0]++
	}
}
