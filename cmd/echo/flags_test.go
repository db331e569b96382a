package main

import (
	"bytes"
	"strings"
	"testing"
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
		{"server --listen 127.0.0.1:0 --libos dpdk", "", 2, "use kernel or afxdp"},
		{"server --listen 127.0.0.1:0", "CATAMARAN_LIBOS=dpdk", 2, "use kernel or afxdp"},
		{"server --listen 127.0.0.1:0", "CATAMARAN_QUEUE=x", 2, "CATAMARAN_QUEUE"},
		{"server", "CATAMARAN_LISTEN=nowhere", 2, "is not ADDR:PORT"},
		{"server --listen 127.0.0.1:0 --dev eth0", "", 2, "--dev needs --libos afxdp"},
		{"server --listen 127.0.0.1:0 --pcap f", "", 2, "--pcap needs --libos afxdp"},
		{"server --listen 127.0.0.1:0 --libos afxdp", "", 2, "needs --dev"},
		{"server --listen 127.0.0.1:0 --libos afxdp --dev eth0", "", 2, "needs --ip"},
		{"server --listen 127.0.0.1:0 --libos afxdp --dev eth0 --ip 10.0.0.2", "", 2, "prefix length"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--gateway 10.0.0", "", 2, "--gateway"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--mac 01:00:00:00:00:01", "", 2, "unicast"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--queue -1", "", 2, "queues count from 0"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--queue one", "", 2, "queue"},
		{"server --listen 10.99.0.2:0 " + afxdp + "--mode fast", "", 2, "--mode"},
		{"server --listen 10.99.0.2:0 " + afxdp, "", 1, "catamaran-none"},
		{"server --listen 203.0.113.77:0", "", 1, "use an address of this host"},
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
			if tc.status == statusUsage && stdout.Len() > 0 {
				t.Errorf("a usage error printed %q to standard output", stdout.String())
			}
		})
	}
}
