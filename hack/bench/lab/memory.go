package lab

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/catamaran-os/catamaran/hack/bench/stats"
)

// Said waits until the process has printed a line to standard output that begins with prefix, at most as long as ctx lasts,
// and returns the line.
func (p *Process) Said(ctx context.Context, prefix string) (line string, err error) {
	err = p.awaitFor(ctx, "to say "+prefix, func() (ok bool, _ error) {
		line, ok = p.out.line(0, prefix)
		return ok, nil
	})
	return line, err
}

// Memory asks the process, a Go program that answers SIGUSR1, how much memory it has.
func (p *Process) Memory(ctx context.Context) (m stats.Memory, err error) {
	from := p.errs.size()
	if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return m, fmt.Errorf("ask %s for its memory: %w", p.name, err)
	}
	var line string
	err = p.await(ctx, "to tell its memory", func() (ok bool, _ error) {
		line, ok = p.errs.line(from, "go ")
		return ok, nil
	})
	if err != nil {
		return m, err
	}
	if m, err = parseHeap(line); err != nil {
		return m, err
	}
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return m, err
	}
	m.Resident, err = parseResident(string(rollup))
	return m, err
}

// parseHeap reads the line that a program prints about its Go heap.
func parseHeap(line string) (m stats.Memory, err error) {
	var stacks, collections uint64
	if _, err := fmt.Sscanf(line, "go heap=%d stacks=%d mallocs=%d collections=%d", &m.Heap, &stacks, &m.Mallocs, &collections); err != nil {
		return m, fmt.Errorf("read %q: %w", strings.TrimSpace(line), err)
	}
	m.Heap += stacks
	return m, nil
}

// parseResident reads the resident memory of a process from the text of its smaps_rollup (proc_pid_smaps(5)), in bytes.
func parseResident(rollup string) (uint64, error) {
	for line := range strings.Lines(rollup) {
		if rest, ok := strings.CutPrefix(line, "Rss:"); ok {
			var kib uint64
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
				return 0, fmt.Errorf("read the resident memory %q: %w", strings.TrimSpace(line), err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("read the resident memory: no Rss in %q", rollup)
}
