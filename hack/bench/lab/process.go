package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopGrace is how long a process has to end in order before it is killed.
const stopGrace = 8 * time.Second

// A Process is a program that runs on a host.
type Process struct {
	host *Host
	cmd  *exec.Cmd
	out  output
	errs output
	done chan struct{}
	err  error // of Wait; valid when done is closed
	name string
}

// Start starts a program on the given processors. When ctx ends it gets SIGTERM, and SIGKILL if it does not end then.
// Variables of the environment that change the defaults of ours are kept from it.
func (h *Host) Start(ctx context.Context, cpus []int, argv []string) (*Process, error) {
	p := &Process{host: h, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), done: make(chan struct{}), name: argv[0]}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopGrace
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "CATAMARAN_") && !strings.HasPrefix(kv, "GOMAXPROCS=") {
			p.cmd.Env = append(p.cmd.Env, kv)
		}
	}
	p.cmd.Env = append(p.cmd.Env, h.Env...)
	if err := h.start(p.cmd, cpus); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Wait waits for the end of the process and returns its standard output.
func (p *Process) Wait() ([]byte, error) {
	<-p.done
	if p.err != nil {
		return p.out.Bytes(), fmt.Errorf("%s: %w: %s", p.name, p.err, oneLine(p.errs.Bytes()))
	}
	return p.out.Bytes(), nil
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop ends the process, by force if it does not end in order, and returns an error if it had ended by itself or fails to
// end with status 0. Programs with another status after SIGTERM are stopped with anyStatus.
func (p *Process) Stop(anyStatus bool) error {
	if p.Ended() {
		_, err := p.Wait()
		return errors.Join(fmt.Errorf("%s ended too early", p.name), err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	kill := time.AfterFunc(stopGrace, func() {
		_ = p.cmd.Process.Kill() // fails only if it has ended meanwhile; Wait tells how
	})
	defer kill.Stop()
	if _, err := p.Wait(); err != nil && !anyStatus {
		return err
	}
	return nil
}

// CPU returns the processor time that the process has used, all its threads together.
func (p *Process) CPU() (time.Duration, error) {
	if p.Ended() {
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(), nil
	}
	return cpuTime(p.cmd.Process.Pid)
}

// cpuTime reads the clock of a process: its number is made as clock_getcpuclockid(3) does.
func cpuTime(pid int) (time.Duration, error) {
	const sched = 2 // CPUCLOCK_SCHED of include/linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &ts); err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// Listening waits until something listens on a TCP port of the host's kernel, or the process ends.
func (p *Process) Listening(ctx context.Context, port int) error {
	return p.await(ctx, "to listen", func() (bool, error) {
		table, err := os.ReadFile("/proc/thread-self/net/tcp")
		return listens(string(table), port), err
	})
}

// Ready waits until the process has printed a line that begins with "listening", or ends.
func (p *Process) Ready(ctx context.Context) error {
	return p.await(ctx, "to listen", func() (bool, error) {
		_, ok := p.out.line(0, "listening ")
		return ok, nil
	})
}

func (p *Process) await(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	return p.awaitFor(ctx, what, holds)
}

// awaitFor is await that only ctx bounds.
func (p *Process) awaitFor(ctx context.Context, what string, holds func() (bool, error)) error {
	return p.host.until(ctx, p.name+" "+what, func() (bool, error) {
		if p.Ended() {
			_, err := p.Wait()
			return false, errors.Join(fmt.Errorf("%s ended too early %s", p.name, what), err)
		}
		return holds()
	})
}

// listens looks for a listening socket in the text of /proc/net/tcp (proc(5)): columns are slot, local address and port
// in hexadecimal, remote, state.
func listens(table string, port int) bool {
	const listen = "0A" // TCP_LISTEN of include/net/tcp_states.h
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) > 3 && f[3] == listen && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
			return true
		}
	}
	return false
}

// output is what a process has printed so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

// line returns the first whole line with a prefix, from an offset on, which is where a line begins.
func (o *output) line(from int, prefix string) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range bytes.Lines(o.b.Bytes()[from:]) {
		if bytes.HasPrefix(line, []byte(prefix)) && line[len(line)-1] == '\n' {
			return string(line), true
		}
	}
	return "", false
}

func (o *output) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Len()
}

// Bytes is for after the end of the process.
func (o *output) Bytes() []byte { return o.b.Bytes() }

func oneLine(b []byte) string {
	const most = 500
	s := strings.Join(strings.Fields(string(b)), " ")
	return s[max(0, len(s)-most):]
}
