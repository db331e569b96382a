package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

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
	m.Resident, err = p.Resident()
	return m, err
}

// Resident returns how much memory of the process is resident, in bytes.
func (p *Process) Resident() (uint64, error) {
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseSize(string(rollup), "Rss:")
}

// Peak returns the most memory of the process that has been resident at any time, in bytes.
func (p *Process) Peak() (uint64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return parseSize(string(status), "VmHWM:")
}

// Settled is Resident when it has changed by less than a hundredth in half a second: servers put their memory in order
// for a while after the work. When that takes too long, it is what there is then.
func (p *Process) Settled(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	for last := uint64(0); ; {
		if p.Ended() {
			_, err := p.Wait()
			return 0, errors.Join(fmt.Errorf("%s ended too early", p.name), err)
		}
		now, err := p.Resident()
		if err != nil || max(now, last)-min(now, last) < now/100 {
			return now, err
		}
		last = now
		select {
		case <-again.C:
		case <-ctx.Done():
			return now, nil
		}
	}
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

// parseSize reads a line with a size from a text such as smaps_rollup (proc_pid_smaps(5)), in bytes.
func parseSize(text, name string) (uint64, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			var kib uint64
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err != nil {
				return 0, fmt.Errorf("read the resident memory %q: %w", strings.TrimSpace(line), err)
			}
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("read the resident memory: no %s in %q", name, text)
}
