package integration

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// echoPath builds the command once.
var echoPath = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "catamaran-integration-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // one test runs it without privileges
		return "", err
	}
	path := filepath.Join(dir, "echo")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/echo").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build echo: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := echoPath(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func echoBinary(t testing.TB) string {
	t.Helper()
	path, err := echoPath()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// echo is the echo that the host runs.
func (h *host) echo(t testing.TB) string {
	if h.binary != nil {
		return h.binary(t, "echo")
	}
	return echoBinary(t)
}

// A process is a program that runs on a host.
type process struct {
	cmd    *exec.Cmd
	lines  chan string // of standard output
	stderr transcript
	done   chan struct{}
	err    error
}

// A transcript is what a process wrote so far.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
	grew chan struct{} // a token when something was added
}

func (s *transcript) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.grew <- struct{}{}:
	default: // one is there already
	}
	return s.text.Write(b)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// says waits until a process has written text to standard error.
func (p *process) says(t testing.TB, text string) {
	t.Helper()
	for !strings.Contains(p.stderr.String(), text) {
		select {
		case <-p.stderr.grew:
		case <-p.done:
			t.Fatalf("%v ended without saying %q: %v\n%s", p.cmd.Args, text, p.err, p.stderr.String())
		}
	}
}

// limit bounds every program: one that hangs is a failure.
const limit = 5 * time.Minute

func (h *host) start(t testing.TB, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	p := &process{cmd: exec.CommandContext(ctx, name, args...), lines: make(chan string, 1024), done: make(chan struct{}), stderr: transcript{grew: make(chan struct{}, 1)}}
	p.cmd.Stderr = &p.stderr
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = w
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it forks ends with it
	if err := h.Do(p.cmd.Start); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() {
			select {
			case p.lines <- s.Text():
			default:
			}
		}
		out.Close()
		close(p.lines)
		p.err = p.cmd.Wait()
		cancel()
		close(p.done)
	}()
	t.Cleanup(func() {
		select {
		case <-p.done:
			return
		default:
		}
		// A child that hangs would keep the pipe open, and this waiting. ESRCH: all have just ended by themselves.
		if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			t.Error(err)
		}
		<-p.done
	})
	return p
}

func (p *process) signal(s os.Signal) {
	// ErrProcessDone is all that can go wrong: it has ended by itself.
	_ = p.cmd.Process.Signal(s)
}

// startServer starts an echo server and waits for its line.
func (h *host) startServer(t testing.TB, args ...string) *process {
	t.Helper()
	p := h.start(t, h.echo(t), append([]string{"server"}, args...)...)
	line, ok := <-p.lines
	if !ok || !strings.HasPrefix(line, "listening ") {
		<-p.done
		t.Fatalf("echo server %v: %q, %v\n%s", args, line, p.err, p.stderr.String())
	}
	return p
}

// stop ends a server in order and fails the test if it does not exit with status 0.
func (p *process) stop(t testing.TB) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	<-p.done
	if p.err != nil {
		t.Errorf("%v: %v\n%s", p.cmd.Args, p.err, p.stderr.String())
	}
}

// run runs a program to its end and returns its standard output.
func (h *host) run(t testing.TB, stdin io.Reader, name string, args ...string) (string, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := h.Do(cmd.Start)
	if err == nil {
		err = cmd.Wait()
	}
	return stdout.String(), stderr.String(), err
}

type report struct {
	Requests   uint64  `json:"requests"`
	Rate       float64 `json:"rate"`
	P50        float64 `json:"p50_us"`
	P99        float64 `json:"p99_us"`
	Errors     uint64  `json:"errors"`
	Mismatches uint64  `json:"mismatches"`
}

// client runs an echo client, which checks every byte, and fails the test unless all n requests were answered.
func (h *host) client(t testing.TB, n int, args ...string) report {
	t.Helper()
	args = append([]string{"client", "--json", "--count", fmt.Sprint(n)}, args...)
	out, stderr, err := h.run(t, nil, h.echo(t), args...)
	var r report
	if jerr := json.Unmarshal([]byte(out), &r); err != nil || jerr != nil || r.Requests != uint64(n) || r.Errors+r.Mismatches > 0 {
		t.Fatalf("echo %v: %v, %v\n%s%s", args, err, jerr, out, stderr)
	}
	return r
}

// afxdp are the flags that put the libOS on the host's interface.
func (h *host) afxdp() []string {
	return []string{"--libos", "afxdp", "--dev", h.dev, "--ip", h.prefix4, "--ip", h.prefix6}
}

func (h *host) addr(v6 bool) string {
	if v6 {
		return h.l6
	}
	return h.l4
}

func (h *host) kernelAddr(v6 bool) string {
	if v6 {
		return h.v6
	}
	return h.v4
}

func hostPort(addr string, port int) string {
	if strings.Contains(addr, ":") {
		return fmt.Sprintf("[%s]:%d", addr, port)
	}
	return fmt.Sprintf("%s:%d", addr, port)
}
