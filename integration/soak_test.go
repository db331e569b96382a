package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Three million requests on a thousand connections at once, with CATAMARAN_LONG=1 twenty: no error, the server's frame accounts
// sum each time that it prints them, and neither end needs more memory in the last minute, or third of a shorter run, than
// in the first. A run of seconds, as with -short, is all ramp and says nothing about memory.
func TestManyConnections(t *testing.T) {
	requests := 3_000_000
	switch {
	case os.Getenv("CATAMARAN_LONG") == "1":
		requests = 20_000_000
	case testing.Short():
		requests = 500_000 // some seconds, so that the server prints its accounts
	}
	l := newLab(t)
	addr := hostPort(l.b.l4, 7)
	srv := l.b.startServer(t, append(l.b.afxdp(), "--listen", addr, "--stats", "500ms")...)
	load := l.a.start(t, echoBinary(t), append([]string{"client", "--json", "--count", fmt.Sprint(requests), "--conns", "1000",
		"--connect", addr}, l.a.afxdp()...)...)

	var rss [2][]int
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-load.done:
			running = false
		case <-tick.C:
			for i, p := range []*process{srv, load} {
				if kib, ok := p.resident(); ok {
					rss[i] = append(rss[i], kib)
				}
			}
		}
	}
	var r report
	if err := json.Unmarshal([]byte(strings.Join(load.output(), "\n")), &r); err != nil || load.err != nil {
		t.Fatalf("client: %v, %v\n%s", load.err, err, load.stderr.String())
	}
	if r.Requests != uint64(requests) || r.Errors+r.Mismatches != 0 {
		t.Errorf("%+v, want %d requests without error or mismatch", r, requests)
	}
	srv.stop(t)
	sums, conns := accounts(t, srv.stderr.String())
	if sums == 0 || conns != 1000 {
		t.Errorf("the server printed its accounts %d times, with at most %d connections", sums, conns)
	}
	t.Logf("%d requests on 1000 connections, %.0f/s; frame accounts summed %d times", r.Requests, r.Rate, sums)
	for i, who := range []string{"server", "client"} {
		first, last := ends(rss[i])
		t.Logf("%s resident: %d KiB at most in the first part, %d in the last", who, first, last)
		// The first part includes the ramp. A Go heap breathes: an eighth of it is not a leak.
		if !testing.Short() && last > first+first/8 {
			t.Errorf("%s: resident memory grew from %d KiB to %d", who, first, last)
		}
	}
}

// resident returns a process's resident memory in KiB, while it runs (proc_pid_status(5)).
func (p *process) resident() (kib int, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	m := regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0, false
	}
	kib, err = strconv.Atoi(string(m[1]))
	return kib, err == nil
}

// output returns the lines that a process wrote, once it has ended.
func (p *process) output() (lines []string) {
	for line := range p.lines {
		lines = append(lines, line)
	}
	return lines
}

// ends returns the greatest of the first and of the last samples: of a minute each if there are so many, or a third.
func ends(samples []int) (first, last int) {
	n := min(len(samples)/3, 240)
	for i := range n {
		first = max(first, samples[i])
		last = max(last, samples[len(samples)-1-i])
	}
	return first, last
}

// accounts checks each line of frame accounts, and returns how many there are and the greatest number of connections.
func accounts(t *testing.T, text string) (n, conns int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		v := map[string]int{}
		kind, fields, _ := strings.Cut(line, " ")
		if kind != "frames" && kind != "server" {
			continue
		}
		for _, f := range strings.Fields(fields) {
			name, value, _ := strings.Cut(f, "=")
			number, err := strconv.Atoi(value)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			v[name] = number
		}
		if kind == "server" {
			conns = max(conns, v["connections"])
			continue
		}
		n++
		if v["total"] == 0 || v["free"]+v["lent_rx"]+v["held"]+v["lent_tx"] != v["total"] {
			t.Errorf("frame accounts do not sum: %s", line)
		}
	}
	return n, conns
}
