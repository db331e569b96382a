package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
)

// checkTable checks that every configuration has a row with a rate and no error.
func checkTable(t *testing.T, out string, rows ...string) {
	t.Helper()
	for _, row := range rows {
		f := regexp.MustCompile(`(?m)^` + row + ` +(\d+)( +\d+\.\d){5} +(\d+)$`).FindStringSubmatch(out)
		if f == nil {
			t.Errorf("no row %q in:\n%s", row, out)
			continue
		}
		if f[1] == "0" || f[3] != "0" {
			t.Errorf("row %q has %s requests/s and %s errors:\n%s", row, f[1], f[3], out)
		}
	}
}

func TestDemoMemory(t *testing.T) {
	var out bytes.Buffer
	if err := demoMemory(t.Context(), &out, io.Discard, 20*time.Millisecond, os.ErrPermission); err != nil {
		t.Fatal(err)
	}
	checkTable(t, out.String(), "kernel +kernel", "netstack +netstack")
	if !strings.Contains(out.String(), "AF_XDP over a veth between two network namespaces") {
		t.Errorf("no word about what root adds:\n%s", out.String())
	}
}

func TestDemoMemoryCanceled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := demoMemory(ctx, io.Discard, io.Discard, time.Hour, os.ErrPermission); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error is %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestDemoReportsWrongAnswers(t *testing.T) {
	good := demoResult{Requests: 9, Rate: 9, P50: 1, P90: 2, P99: 3, P999: 4, Max: 5}
	for name, spoil := range map[string]func(*demoResult){
		"1 errors, 0 mismatches":  func(r *demoResult) { r.Errors = 1 },
		"0 errors, 1 mismatches":  func(r *demoResult) { r.Mismatches = 1 },
		"no request was answered": func(r *demoResult) { *r = demoResult{} },
	} {
		bad := good
		spoil(&bad)
		err := demoReport(io.Discard, []*demoRow{{"kernel", "kernel", []demoResult{good}}, {"AF_XDP", "kernel", []demoResult{bad}}}, 1, "")
		if err == nil || !strings.Contains(err.Error(), "kernel -> AF_XDP: "+name) {
			t.Errorf("error is %v, want %q", err, name)
		}
	}
	if err := demoReport(io.Discard, []*demoRow{{"kernel", "kernel", []demoResult{good}}}, 1, ""); err != nil {
		t.Errorf("good results give %v", err)
	}
}

// buildEcho returns the program, for tests of what is left after it.
func buildEcho(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root to make network namespaces")
	}
	exe := filepath.Join(t.TempDir(), "echo-under-test")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return exe
}

// processesOf returns the numbers of the running processes of a program.
func processesOf(t *testing.T, exe string) (pids []int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == exe { // a process may end while we look
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(l)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// links returns the network interfaces and the named network namespaces that this process sees.
func links(t *testing.T) string {
	t.Helper()
	dev, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir("/run/netns")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return fmt.Sprint(dev, names)
}

// eventually waits until cond holds.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("waited 20 s until %s", what)
		}
	}
}

func TestDemoVeth(t *testing.T) {
	exe := buildEcho(t)
	before := links(t)
	var stderr bytes.Buffer
	cmd := exec.Command(exe, "demo", "--duration", "100ms")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	checkTable(t, string(out), "kernel +kernel", "AF_XDP +kernel", "AF_XDP +AF_XDP")
	if left := processesOf(t, exe); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	if after := links(t); after != before {
		t.Errorf("interfaces and namespaces were %s and are %s", before, after)
	}
}

// Nothing is left however the demo ends: in order on SIGINT, and with no chance to clean up on SIGKILL.
func TestDemoVethEnded(t *testing.T) {
	exe := buildEcho(t)
	before := links(t)
	for sig, code := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGKILL: -1} {
		cmd := exec.Command(exe, "demo", "--duration", "1m")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "demo, server and client run", func() bool { return len(processesOf(t, exe)) == 3 })
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); cmd.ProcessState.ExitCode() != code {
			t.Errorf("after %v the demo ended with %v, want status %d", sig, err, code)
		}
		eventually(t, "server and client are gone", func() bool { return len(processesOf(t, exe)) == 0 })
		if after := links(t); after != before {
			t.Errorf("after %v: interfaces and namespaces were %s and are %s", sig, before, after)
		}
	}
}
