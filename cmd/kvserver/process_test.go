package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// commandEnv makes the test binary act as the command.
const commandEnv = "KVSERVER_TEST_COMMAND"

// patience bounds waits for what has to come.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		os.Exit(run(os.Args, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// A process is a server on the kernel's loopback.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	log  lockedBuffer
}

// A lockedBuffer collects what the process writes while the test looks at it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a server with flags more. A prefix, such as a shell that sets a limit, comes first on its command line.
func start(t *testing.T, prefix []string, more ...string) *process {
	t.Helper()
	args := append(append(prefix, os.Args[0], "--listen", "127.0.0.1:0"), more...)
	p := &process{t: t, cmd: exec.Command(args[0], args[1:]...)}
	p.cmd.Env = append(os.Environ(), commandEnv+"=1")
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.signal(syscall.SIGTERM)
			p.wait(0)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server does not listen: %v %s", err, p.log.String())
	}
	fields := strings.Fields(line)
	if len(fields) != 6 || line != fmt.Sprintf("listening tcp %s libos=kernel dev=- mode=-\n", fields[2]) {
		t.Fatalf("the server says %q", line)
	}
	p.addr = fields[2]
	return p
}

func (p *process) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits for the end of the process, which has to have the exit status.
func (p *process) wait(status int) {
	p.t.Helper()
	dead := time.AfterFunc(patience, func() {
		if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil { // which shows what it does
			p.t.Log("signal:", err)
		}
	})
	defer dead.Stop()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, want %d: %s", got, status, p.log.String())
	}
}

// resident returns the resident bytes of the process, and the most that there were since the last call of forgetPeak.
func (p *process) resident() (now, peak int64) {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	field := func(name string) int64 {
		_, rest, _ := strings.Cut(string(b), name+":")
		n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		if err != nil {
			p.t.Fatal(err)
		}
		return n << 10
	}
	return field("VmRSS"), field("VmHWM")
}

// forgetPeak begins a new measurement of the peak: proc_pid_clear_refs(5).
func (p *process) forgetPeak() {
	p.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0); err != nil {
		p.t.Fatal(err)
	}
}

// files returns how many descriptors the process has open.
func (p *process) files() int {
	p.t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}

// A client is a connection to a server.
type client struct {
	*net.TCPConn
	t *testing.T
	r *resp.Reader
}

func (p *process) dial() *client {
	p.t.Helper()
	return dial(p.t, p.addr)
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{TCPConn: conn.(*net.TCPConn), t: t, r: resp.NewReader(conn)}
}

// command is a command as clients send it.
func command(args ...string) []byte {
	b := fmt.Appendf(nil, "*%d\r\n", len(args))
	for _, a := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b
}

func (c *client) send(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// read returns the next reply as text, of aggregates the elements.
func (c *client) read() string {
	c.t.Helper()
	v, err := c.r.Read()
	if err != nil {
		c.t.Fatalf("read a reply: %v", err)
	}
	return text(&v)
}

func text(v *resp.Value) string {
	switch {
	case v.Null:
		return "nil"
	case len(v.Elems) > 0:
		var parts []string
		for i := range v.Elems {
			parts = append(parts, text(&v.Elems[i]))
		}
		return strings.Join(parts, " ")
	case v.Kind == resp.KindError:
		return "-" + string(v.Str)
	}
	return string(v.Str)
}

func (c *client) do(args ...string) string {
	c.t.Helper()
	c.send(command(args...))
	return c.read()
}

func (c *client) want(reply string, args ...string) {
	c.t.Helper()
	if got := c.do(args...); got != reply {
		c.t.Errorf("%.100q replies %.200q, want %q", args, got, reply)
	}
}

// info returns a number of INFO.
func (c *client) info(name string) int {
	c.t.Helper()
	_, rest, ok := strings.Cut(c.do("info", "everything"), "\r\n"+name+":")
	text, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.Atoi(text)
	if !ok || err != nil {
		c.t.Fatalf("INFO says %s:%q", name, text)
	}
	return n
}

// closed fails the test unless the server has nothing more to say and closes.
func (c *client) closed() {
	c.t.Helper()
	if v, err := c.r.Read(); err == nil {
		c.t.Errorf("a reply %.200q where the connection has to end", text(&v))
	} else if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		c.t.Errorf("the connection does not end: %v", err)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
