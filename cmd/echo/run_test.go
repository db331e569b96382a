package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// commandEnv makes the test binary act as the command.
const commandEnv = "ECHO_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		os.Exit(run(os.Args, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), commandEnv+"=1")
	return cmd
}

// A serverProcess is a server on the kernel's loopback.
type serverProcess struct {
	cmd    *exec.Cmd
	addr   string
	out    *bufio.Reader
	stderr bytes.Buffer
}

func startServer(t *testing.T, proto, host string) *serverProcess {
	t.Helper()
	s := &serverProcess{cmd: command("server", "--proto", proto, "--listen", net.JoinHostPort(host, "0"))}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stderr = &s.stderr
	s.out = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			t.Log("server kill:", s.cmd.Process.Kill(), "wait:", s.cmd.Wait(), s.stderr.String())
		}
	})
	line, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatalf("server: %v %s", err, s.stderr.String())
	}
	fields := strings.Fields(line)
	if len(fields) != 6 || line != fmt.Sprintf("listening %s %s libos=kernel dev=- mode=-\n", proto, fields[2]) {
		t.Fatalf("the server says %q", line)
	}
	s.addr = fields[2]
	return s
}

// stop sends SIGTERM and returns what the server printed.
func (s *serverProcess) stop(t *testing.T) string {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(s.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil || s.stderr.Len() > 0 {
		t.Fatalf("server: %v %s", err, s.stderr.String())
	}
	return string(rest)
}

// runReport runs a client and returns its report and exit status.
func runReport(t *testing.T, args ...string) (r report, status int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(append([]string{"echo", "client", "--json"}, args...), &out, &errs)
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("status %d, %v: %s", status, err, errs.String())
	}
	return r, status, errs.String()
}

// TestEcho runs every size and both loops over both families.
func TestEcho(t *testing.T) {
	sizes := map[string][]string{"tcp": {"1", "64", "1500", "65536", "1048576"}, "udp": {"1", "7", "8", "1400", "65000"}}
	for _, proto := range []string{"tcp", "udp"} {
		for _, host := range []string{"127.0.0.1", "::1"} {
			t.Run(proto+" "+host, func(t *testing.T) {
				s := startServer(t, proto, host)
				base := []string{"--proto", proto, "--connect", s.addr, "--timeout", "10s", "--count", "60"}
				runs := 0
				check := func(args ...string) {
					r, status, stderr := runReport(t, append(base, args...)...)
					if status != 0 || r.Requests != 60 || r.Errors+r.Mismatches != 0 || r.P50 <= 0 || r.Max < r.P50 {
						t.Errorf("%v: status %d, %+v %s", args, status, r, stderr)
					}
					runs++
				}
				for _, size := range sizes[proto] {
					conns := "3"
					if proto == "udp" && size == "65000" {
						conns = "1" // of several at once, the kernel drops what is over the socket's receive buffer
					}
					check("--size", size, "--conns", conns)
				}
				check("--conns", "2", "--rate", "2000")
				out := s.stop(t)
				if !strings.Contains(out, " errors=0\n") || !strings.Contains(out, "\nkernel ") {
					t.Errorf("the server's counters: %s", out)
				}
				if want := fmt.Sprintf(" requests=%d ", 60*runs); proto == "udp" && !strings.Contains(out, want) {
					t.Errorf("the server's counters lack %q: %s", want, out)
				}
			})
		}
	}
}

// TestManyConnections makes more connections than connects may be under way at once.
func TestManyConnections(t *testing.T) {
	const conns = 2*handshakes + 1
	s := startServer(t, "tcp", "127.0.0.1")
	r, status, stderr := runReport(t, "--connect", s.addr, "--conns", fmt.Sprint(conns), "--count", fmt.Sprint(2*conns))
	if status != 0 || r.Requests != 2*conns || r.Errors+r.Mismatches != 0 {
		t.Errorf("status %d, %+v %s", status, r, stderr)
	}
	if out, want := s.stop(t), fmt.Sprintf("server connections=%d requests=%d ", conns, 2*conns); !strings.Contains(out, want) {
		t.Errorf("the server's counters lack %q: %s", want, out)
	}
}

// TestStop stops a server under connections that do nothing, and reads the end of the stream from them.
func TestStop(t *testing.T) {
	s := startServer(t, "tcp", "127.0.0.1")
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if out := s.stop(t); !strings.Contains(out, "server connections=1 requests=1 bytes_in=4 bytes_out=4 errors=0\n") {
		t.Errorf("the server's counters: %s", out)
	}
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read after the stop: %d bytes, %v; want the end of the stream", n, err)
	}
}

// TestOpenLoopChargesStalls holds the first reply back: every request that was due in the meantime has waited, though
// each was answered at once when its turn came.
func TestOpenLoopChargesStalls(t *testing.T) {
	const stall = 300 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		<-time.After(stall)
		io.Copy(c, c)
	}()
	r, status, stderr := runReport(t, "--connect", l.Addr().String(), "--rate", "1000", "--count", "300")
	// Request k was due k ms after the start and was answered after the stall at the earliest: the median waited for half of it.
	if status != 0 || r.Requests != 300 || r.P50 < 120e3 || r.Max < 270e3 {
		t.Errorf("status %d, %+v, %q", status, r, stderr)
	}
}

// TestOpenLoopCountsUnsent stalls until the end of the run: what was due then is answered or said to be unsent.
func TestOpenLoopCountsUnsent(t *testing.T) {
	const rate, due, room = 20000, 6000, 1024
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		<-time.After(time.Second)
		io.Copy(c, c)
	}()
	r, status, stderr := runReport(t, "--connect", l.Addr().String(), "--rate", fmt.Sprint(rate), "--duration", "300ms", "--timeout", "20s")
	var unsent uint64
	_, err = fmt.Sscanf(stderr, "echo: %d requests were due and not sent", &unsent)
	if err != nil || status != 0 || r.Requests < room || r.Requests+unsent != due || r.Unsent != unsent {
		t.Errorf("status %d, %+v, %q, %v; want %d requests and unsent", status, r, stderr, err, due)
	}
}

// TestInterruptedClient sends SIGINT to a client, which still reports.
func TestInterruptedClient(t *testing.T) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := command("client", "--json", "--proto", "udp", "--connect", c.LocalAddr().String(), "--duration", "60s", "--timeout", "60s")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadFrom(make([]byte, 100)); err != nil { // it runs
		t.Error(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || !strings.HasPrefix(out.String(), `{"requests":0,`) {
		t.Errorf("client: %v, %q, %q", err, out.String(), errs.String())
	}
}
