package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// labGrace is how long a command of the demo may take beyond its run before it counts as stuck.
const labGrace = 15 * time.Second

// A labRun is one configuration over the veth: what the server and the client are started with.
type labRun struct {
	row            *demoRow
	server, client []string
}

func labRuns() []labRun {
	kernel := []string{"--libos", "kernel"}
	xdp := func(ip string) []string { return []string{"--libos", "afxdp", "--dev", labDevice, "--ip", ip + "/24"} }
	server := func(ip string, device []string) []string {
		return append([]string{"server", "--listen", fmt.Sprintf("%s:%d", ip, demoPort), "--idle", "adaptive"}, device...)
	}
	client := func(ip string, device []string) []string {
		return append([]string{"client", "--connect", fmt.Sprintf("%s:%d", ip, demoPort), "--idle", "adaptive",
			"--size", fmt.Sprint(demoSize), "--conns", "1", "--json"}, device...)
	}
	const kernelServer, xdpClient, xdpServer = "10.99.0.2", "10.99.0.11", "10.99.0.12"
	return []labRun{
		{&demoRow{server: "kernel", client: "kernel"}, server(kernelServer, kernel), client(kernelServer, kernel)},
		{&demoRow{server: "AF_XDP", client: "kernel"}, server(xdpServer, xdp(xdpServer)), client(xdpServer, kernel)},
		{&demoRow{server: "AF_XDP", client: "AF_XDP"}, server(xdpServer, xdp(xdpServer)), client(xdpServer, xdp(xdpClient))},
	}
}

// demoVeth runs every configuration as two processes, one in each namespace.
func demoVeth(ctx context.Context, out, progress io.Writer, duration time.Duration, l *lab) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program to start: %w", err)
	}
	runs := labRuns()
	rows := make([]*demoRow, len(runs))
	mode := ""
	for i, r := range runs {
		rows[i] = r.row
	}
	p := &printer{w: progress}
	for round := range demoRounds {
		for _, r := range runs {
			p.printf("round %d of %d: %s\n", round+1, demoRounds, r.row.name())
			res, ready, err := l.measure(ctx, exe, r, duration)
			if err != nil {
				return fmt.Errorf("%s: %w", r.row.name(), err)
			}
			if _, m, ok := strings.Cut(ready, "mode="); ok && r.row.server == "AF_XDP" {
				mode = ", AF_XDP mode " + strings.TrimSpace(m)
			}
			r.row.rounds = append(r.row.rounds, res)
		}
	}
	return demoReport(out, rows, duration, "Two network namespaces, a plain veth between them, server and client a process each"+mode+".")
}

// measure runs a server and a client, and returns the client's result and the server's line.
func (l *lab) measure(ctx context.Context, exe string, r labRun, duration time.Duration) (res demoResult, ready string, err error) {
	ctx, cancel := context.WithTimeout(ctx, duration+2*labGrace)
	defer cancel()
	server := labCommand(ctx, exe, r.server)
	var serverErr bytes.Buffer
	server.Stderr = &serverErr
	lines, err := server.StdoutPipe()
	if err != nil {
		return res, "", fmt.Errorf("start the server: %w", err)
	}
	if err := l.hosts[1].start(server); err != nil {
		return res, "", fmt.Errorf("start the server: %w", err)
	}
	stdout := bufio.NewReader(lines)
	defer func() {
		if e := stopServer(server, stdout); e != nil {
			err = errors.Join(err, fmt.Errorf("server: %w: %s", e, onOneLine(serverErr.String())))
		}
	}()
	ready, err = stdout.ReadString('\n')
	if err != nil || !strings.HasPrefix(ready, "listening ") {
		return res, ready, fmt.Errorf("the server is not ready: %q", ready)
	}
	client := labCommand(ctx, exe, append(slices.Clone(r.client), "--duration", duration.String()))
	var clientOut, clientErr bytes.Buffer
	client.Stdout, client.Stderr = &clientOut, &clientErr
	if err := l.hosts[0].start(client); err != nil {
		return res, ready, fmt.Errorf("start the client: %w", err)
	}
	waitErr := client.Wait()
	if err := json.Unmarshal(clientOut.Bytes(), &res); err != nil {
		return res, ready, fmt.Errorf("client gave no result (%w): %w: %s", err, errors.Join(waitErr, ctx.Err()), onOneLine(clientErr.String()))
	}
	// With errors or mismatches in its result the client ends with status 1; the report says so, with all the rows.
	if waitErr != nil && res.Errors == 0 && res.Mismatches == 0 {
		return res, ready, fmt.Errorf("client: %w: %s", waitErr, onOneLine(clientErr.String()))
	}
	return res, ready, nil
}

// labCommand returns a command that gets SIGTERM, and after a while SIGKILL, when ctx ends.
func labCommand(ctx context.Context, exe string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 3 * time.Second
	for _, kv := range os.Environ() { // a default of the user's must not change what is compared
		if !strings.HasPrefix(kv, "CATAMARAN_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	return cmd
}

// stopServer ends a server in order, or by force if it does not end in time. What it still prints is dropped.
func stopServer(cmd *exec.Cmd, stdout io.Reader) error {
	signalErr := cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(signalErr, os.ErrProcessDone) {
		signalErr = nil
	}
	kill := time.AfterFunc(labGrace, func() {
		_ = cmd.Process.Kill() // fails only if it has ended meanwhile; Wait tells how
	})
	defer kill.Stop()
	_, readErr := io.Copy(io.Discard, stdout)
	return errors.Join(signalErr, readErr, cmd.Wait())
}

func onOneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
