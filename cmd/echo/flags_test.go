package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api/flags"
)

// TestCommandLine runs command lines that end before anything is opened, or at once: each has its status and one line.
func TestCommandLine(t *testing.T) {
	afxdp := "--libos afxdp --dev catamaran-none --ip 10.99.0.2/24 "
	t.Setenv("GOMAXPROCS", "2") // so that opening AF_XDP does not narrow this process
	for _, tc := range []struct {
		args   string
		env    string // NAME=VALUE
		status int
		stderr string // part of the one line; empty: nothing is printed
	}{
		{"--help", "", 0, ""},
		{"server --help", "", 0, ""},
		{"client --help", "", 0, ""},
		{"", "", 2, "a command is missing"},
		{"serve", "", 2, `command "serve" is unknown`},
		{"server", "", 2, "--listen is missing"},
		{"server --bogus", "", 2, "see echo server --help"},
		{"client --bogus", "", 2, "see echo client --help"},
		{"server --listen 127.0.0.1", "", 2, "is not ADDR:PORT"},
		{"server --listen localhost:70", "", 2, "is not ADDR:PORT"},
		{"server --listen ::1:70", "", 2, "is not ADDR:PORT"},
		{"server --listen 127.0.0.1:70000", "", 2, "is not ADDR:PORT"},
		{"server --listen 127.0.0.1:0 more", "", 2, `argument "more" is not expected`},
		{"server --listen 127.0.0.1:0 --proto sctp", "", 2, "--proto"},
		{"server --listen 127.0.0.1:0 --idle nap", "", 2, "--idle"},
		{"server --listen 127.0.0.1:0 --libos rdma", "", 2, "use kernel, afxdp or dpdk"},
		{"server --listen 127.0.0.1:0", "CATAMARAN_LIBOS=rdma", 2, "use kernel, afxdp or dpdk"},
		{"server --listen 127.0.0.1:0", "CATAMARAN_QUEUE=x", 2, "CATAMARAN_QUEUE"},
		{"server", "CATAMARAN_LISTEN=nowhere", 2, "is not ADDR:PORT"},
		{"server --listen 127.0.0.1:0 --dev eth0", "", 2, "--dev needs --libos afxdp"},
		{"server --listen 127.0.0.1:0 --pcap f", "", 2, "--pcap needs --libos afxdp"},
		{"server --listen 127.0.0.1:0 --libos afxdp", "", 2, "needs --dev"},
		{"server --listen 127.0.0.1:0 --libos afxdp --dev eth0", "", 2, "needs --ip"},
		{"server --listen 127.0.0.1:0 --libos afxdp --dev eth0 --ip 10.0.0.2", "", 2, "prefix length"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 10.0.0", "", 2, "--gateway"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--mac 01:00:00:00:00:01", "", 2, "unicast"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--mac 00:00:00:00:00:00", "", 2, "unicast"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--ip 224.0.0.1/24", "", 2, "cannot be an address of an interface"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--ip 10.99.0.2/16", "", 2, "10.99.0.2 twice"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 0.0.0.0", "", 2, "not the address of a router"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 10.98.0.1", "", 2, "outside the prefixes of --ip"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 10.99.0.1 --gateway 10.99.0.3", "", 2, "second of its family"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 10.99.0.1 --gateway fe80::1", "", 1, "catamaran-none"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--queue -1", "", 2, "queues count from 0"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--queue one", "", 2, "queue"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--mode fast", "", 2, "--mode"},
		{"server --listen 10.99.0.2:0 " + afxdp, "", 1, "catamaran-none"},
		{"server --listen 203.0.113.77:0", "", 1, "use an address of this host"},
		{"server --listen [fe80::1%catamaran-none]:0", "", 1, "name an interface"},
		{"client", "", 2, "--connect is missing"},
		{"client --connect 127.0.0.1:0", "", 2, "port 0"},
		{"client --connect 127.0.0.1:1 --size 0", "", 2, "--size 0"},
		{"client --connect 127.0.0.1:1 --size 1048577", "", 2, "use 1 to 1048576"},
		{"client --connect 127.0.0.1:1 --proto udp --size 65508", "", 2, "use 1 to 65507"},
		{"client --connect 127.0.0.1:1 --conns 0", "", 2, "--conns"},
		{"client --connect 127.0.0.1:1 --count 0", "", 2, "--count"},
		{"client --connect 127.0.0.1:1 --count 1 --duration 1s", "", 2, "exclude each other"},
		{"client --connect 127.0.0.1:1 --duration 5", "", 2, "duration"},
		{"client --connect 127.0.0.1:1 --rate 0", "", 2, "--rate"},
		{"client --connect 127.0.0.1:1 --rate NaN", "", 2, "--rate"},
		{"client --connect 127.0.0.1:1 --timeout 0s", "", 2, "--timeout"},
		{"client --connect 127.0.0.1:1 --count 1", "", 1, "connection refused; start the server"},
		{"client --connect [::1]:1 --count 1", "", 1, "connection refused; start the server"},
		{"client --connect 127.0.0.1:1 --proto udp --count 1 --timeout 300ms", "", 1, "1 errors and 0 mismatches"},
	} {
		t.Run(tc.args+" "+tc.env, func(t *testing.T) {
			if name, value, ok := strings.Cut(tc.env, "="); ok {
				t.Setenv(name, value)
			}
			var stdout, stderr bytes.Buffer
			status := run(append([]string{"echo"}, strings.Fields(tc.args)...), &stdout, &stderr)
			got := stderr.String()
			if status != tc.status || !strings.Contains(got, tc.stderr) {
				t.Fatalf("status %d, stderr %q; want %d and %q", status, got, tc.status, tc.stderr)
			}
			if tc.status == 0 && got != "" {
				t.Errorf("stderr %q, want none", got)
			}
			if tc.status != 0 && (!strings.HasPrefix(got, "echo: ") || strings.Count(got, "\n") != 1) {
				t.Errorf("stderr %q is not one line that begins with echo:", got)
			}
			if tc.status == flags.StatusUsage && stdout.Len() > 0 {
				t.Errorf("a usage error printed %q to standard output", stdout.String())
			}
		})
	}
}

// TestEveryFlag gives each flag a value that it must refuse, on the command line and from the environment: each is read
// from both, and checked.
func TestEveryFlag(t *testing.T) {
	for _, cmd := range []*cli.Command{serverCommand(), clientCommand()} {
		for _, flag := range cmd.Flags {
			name := flag.Names()[0]
			value, want := "wrong", flags.StatusUsage
			if name == "cpuprofile" { // any name may be that of a file
				value, want = filepath.Join(t.TempDir(), "none", "wrong"), statusFailure
			}
			variable := "CATAMARAN_" + strings.ToUpper(name)
			for _, fromEnv := range []bool{false, true} {
				t.Run(strings.Join([]string{cmd.Name, name, map[bool]string{false: "flag", true: "env"}[fromEnv]}, " "), func(t *testing.T) {
					t.Setenv("CATAMARAN_LISTEN", "127.0.0.1:0")
					t.Setenv("CATAMARAN_CONNECT", "127.0.0.1:1")
					args := []string{"echo", cmd.Name}
					if fromEnv {
						t.Setenv(variable, value)
					} else {
						args = append(args, "--"+name+"="+value)
					}
					var stdout, stderr bytes.Buffer
					status := run(args, &stdout, &stderr)
					got := stderr.String()
					if status != want || stdout.Len() > 0 || strings.Count(got, "\n") != 1 {
						t.Errorf("status %d, stdout %q, stderr %q; want %d and one line", status, stdout.String(), got, want)
					}
					if !strings.Contains(got, "-"+name) && !strings.Contains(got, variable) {
						t.Errorf("stderr %q names neither the flag nor %s", got, variable)
					}
				})
			}
		}
	}
}

// TestStatus: the status of a process that the demo started is not the demo's.
func TestStatus(t *testing.T) {
	child := exec.Command("sh", "-c", "exit 7").Run()
	for _, tc := range []struct {
		err  error
		want int
	}{
		{flags.Usagef("wrong"), 2},
		{fmt.Errorf("demo: %w", &interruptedError{"interrupted"}), 130},
		{fmt.Errorf("server: %w", child), 1},
	} {
		if got := status(tc.err); got != tc.want {
			t.Errorf("status of %v is %d, want %d", tc.err, got, tc.want)
		}
	}
}
