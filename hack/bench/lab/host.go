package lab

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// A Host is an operating-system thread in a network namespace of its own.
type Host struct {
	// Env are variables of the environment of processes that are started on the host, besides the benchmark's.
	Env []string

	calls chan func()
	gone  chan struct{}
}

func newHost() (*Host, error) {
	h := &Host{calls: make(chan func()), gone: make(chan struct{})}
	ready := make(chan error)
	go func() {
		defer close(h.gone)
		// Never unlocked: the thread ends with the goroutine. It must live as long as the processes that it starts, because
		// their parent-death signal is tied to it.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			ready <- fmt.Errorf("make a network namespace: %w", err)
			return
		}
		ready <- nil
		for call := range h.calls {
			call()
		}
	}()
	if err := <-ready; err != nil {
		return nil, err
	}
	return h, nil
}

func (h *Host) close() {
	close(h.calls)
	<-h.gone
}

// do calls f on the host's thread.
func (h *Host) do(f func() error) error {
	result := make(chan error)
	h.calls <- func() { result <- f() }
	return <-result
}

// Await asks for a condition, on the host's thread, until it holds.
func (h *Host) Await(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	return h.until(ctx, what, holds)
}

// until is Await that only ctx bounds.
func (h *Host) until(ctx context.Context, what string, holds func() (bool, error)) error {
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for {
		ok := false
		err := h.do(func() (err error) {
			ok, err = holds()
			return err
		})
		if ok || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// Command runs a tool in the namespace to its end, such as ethtool(8).
func (h *Host) Command(ctx context.Context, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	return h.do(func() error {
		if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", name, err, oneLine(out))
		}
		return nil
	})
}

// start starts cmd in the namespace, on the given processors. The kernel kills it if the benchmark dies.
func (h *Host) start(cmd *exec.Cmd, cpus []int) error {
	// A process group of its own, because Ctrl-C is the benchmark's to handle.
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL, Setpgid: true}
	return h.do(func() error {
		var before, pinned unix.CPUSet
		if err := unix.SchedGetaffinity(0, &before); err != nil {
			return fmt.Errorf("read the processors: %w", err)
		}
		for _, cpu := range cpus {
			pinned.Set(cpu)
		}
		// A process is born on the processors of the thread that starts it.
		if err := unix.SchedSetaffinity(0, &pinned); err != nil {
			return fmt.Errorf("pin to processors %v: %w", cpus, err)
		}
		// So that a client that sleeps until a request is due sleeps no longer: prctl(2), in ns; processes inherit it.
		if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("set the timer slack: %w", err)
		}
		err := cmd.Start()
		if e := unix.SchedSetaffinity(0, &before); e != nil && err == nil {
			return fmt.Errorf("unpin: %w", e)
		}
		return err
	})
}
