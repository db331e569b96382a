//go:build dpdk && linux && cgo

package integration

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// SIGINT and SIGTERM end a server in order, idle or under load, with nothing left.
func TestDPDKSignals(t *testing.T) {
	for _, kind := range kinds {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			for _, load := range []bool{false, true} {
				name := kind + "/" + sig.String() + "/idle"
				if load {
					name = kind + "/" + sig.String() + "/load"
				}
				t.Run(name, func(t *testing.T) {
					w := newWire(t, kind)
					addr := hostPort(w.b.l4, 7)
					args, prefix := eal("--vdev=" + w.server)
					srv := w.b.startServer(t, "--libos", "dpdk", "--eal", args, "--ip", w.b.prefix4, "--listen", addr, "--stats", "10ms")
					if len(dpdkFiles(t, prefix)) == 0 || !exists(w.socket) {
						t.Fatal("a running server has no files: this test shows nothing")
					}
					if load {
						w.a.start(t, dpdkBinary(t, "echo"), append([]string{"client", "--connect", addr, "--conns", "4", "--duration", "1m"},
							w.a.dpdk(w.client)...)...)
						eventually(t, limit, "load", func() bool { return requests(srv.stderr.String()) > 0 })
					}
					srv.signal(sig)
					<-srv.done
					if srv.err != nil {
						t.Errorf("%v\n%s", srv.err, ending(srv.stderr.String()))
					}
					if left := dpdkFiles(t, prefix); len(left) > 0 || exists(w.socket) {
						t.Errorf("left behind: %s, socket %v", strings.Join(left, " "), exists(w.socket))
					}
				})
			}
		}
	}
}

// A client that comes before its server waits for it.
func TestDPDKClientFirst(t *testing.T) {
	w := newWire(t, "memif")
	addr := hostPort(w.b.l4, 7)
	args, prefix := eal("--vdev=" + w.client)
	client := w.a.start(t, dpdkBinary(t, "echo"), "client", "--json", "--count", "1000", "--connect", addr, "--timeout", "30s",
		"--libos", "dpdk", "--eal", args, "--ip", w.a.prefix4)
	eventually(t, limit, "the client's DPDK", func() bool { return exists("/var/run/dpdk/" + prefix + "/mp_socket") })
	srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr)...)
	<-client.done
	if r := client.report(t); client.err != nil || r.Requests != 1000 || r.Errors+r.Mismatches > 0 {
		t.Errorf("%v, %+v\n%s", client.err, r, client.stderr.String())
	}
	srv.stopNow(t)
}

// A server whose socket was removed goes on with the peer that it has, ends in order, and the next one makes the socket again.
func TestDPDKSocketRemoved(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWire(t, kind)
			addr := hostPort(w.b.l4, 7)
			srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr, "--stats", "10ms")...)
			load := w.a.start(t, dpdkBinary(t, "echo"), append([]string{"client", "--connect", addr, "--duration", "1m"}, w.a.dpdk(w.client)...)...)
			eventually(t, limit, "load", func() bool { return requests(srv.stderr.String()) > 0 })
			if err := os.Remove(w.socket); err != nil {
				t.Fatal(err)
			}
			before := requests(srv.stderr.String())
			eventually(t, limit, "load without the socket", func() bool { return requests(srv.stderr.String()) > before+1000 })
			load.signal(os.Kill)
			<-load.done
			srv.stopNow(t)
			srv = w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr)...)
			w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", addr)...)
			srv.stopNow(t)
		})
	}
}

// Each mistake ends with status 1 and one line that names cause and remedy, and leaves nothing.
func TestDPDKMistakes(t *testing.T) {
	w := newWire(t, "memif")
	fail := func(name, binary string, vdev string, args []string, words ...string) {
		t.Helper()
		ealArgs, prefix := eal()
		if vdev != "" {
			ealArgs += " --vdev=" + vdev
		}
		for i, a := range args {
			if a == "--eal" && !strings.Contains(args[i+1], "--file-prefix") {
				args[i+1] += " --file-prefix=" + prefix
			}
			if a == "--eal" {
				ealArgs = ""
			}
		}
		all := append([]string{"server", "--libos", "dpdk", "--ip", w.b.prefix4, "--listen", hostPort(w.b.l4, 7)}, args...)
		if ealArgs != "" {
			all = append(all, "--eal", ealArgs)
		}
		_, stderr, err := w.b.run(t, nil, binary, all...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: %v, want exit status 1 and one line\n%s", name, err, stderr)
		}
		for _, word := range words {
			if !strings.Contains(stderr, word) {
				t.Errorf("%s: %q does not say %q", name, stderr, word)
			}
		}
		if left := dpdkFiles(t, prefix); len(left) > 0 || name != "two servers" && exists(w.socket) {
			t.Errorf("%s: left behind: %s, socket %v", name, strings.Join(left, " "), exists(w.socket))
		}
		t.Logf("%s: %s", name, strings.TrimSpace(stderr))
	}
	echo := dpdkBinary(t, "echo")
	fail("no device", echo, "", nil, "no port", "--vdev")
	fail("no port of that name", echo, "net_null0", []string{"--port", "net_null7"}, "net_null0", "--vdev")
	fail("no port of that number", echo, "net_null0", []string{"--port", "5"}, "port 5", "0 (net_null0)")
	fail("unknown argument", echo, "", []string{"--eal", "--no-huge --no-pci --nope"}, "--nope", "invalid argument")
	fail("unknown driver", echo, "net_nope0", nil, "net_nope0", "no such device")
	fail("arguments that exclude each other", echo, "", []string{"--eal", "--no-huge --in-memory"}, "--in-memory")
	fail("no hugepages", echo, "", []string{"--eal", "--no-pci -m 64 --huge-dir=/nonexistent --vdev=net_null0"}, "hugepages", "--no-huge")
	fail("memory too small", echo, "", []string{"--eal", "--no-huge --no-pci -m 8 --vdev=net_null0"}, "8192 mbufs", "-m")
	fail("more queues than RSS has", echo, w.server, []string{"--queues", "2"}, "RSS", "use one")
	fail("MTU too large", echo, "net_null0", []string{"--mtu", "9703"}, "MTU", "9702")
	fail("directory that does not exist", echo, "net_memif0,role=server,socket-abstract=no,socket=/nonexistent/s", nil, "socket directory")
	fail("built without DPDK", echoBinary(t), "", nil, "-tags dpdk", "libdpdk-dev", "pkg-config", "gcc")

	srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", hostPort(w.b.l4, 7))...)
	fail("two servers", echo, w.server, nil, w.socket, "address already in use")
	w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", hostPort(w.b.l4, 7))...)
	srv.stopNow(t)

	w = newWire(t, "vhost")
	srv = w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", hostPort(w.b.l4, 7))...)
	fail("two servers", echo, w.server, nil, w.socket, "address already in use")
	w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", hostPort(w.b.l4, 7))...)
	srv.stopNow(t)

	args, prefix := eal("--vdev=net_null0")
	srv = w.b.startServer(t, "--libos", "dpdk", "--eal", args, "--ip", w.b.prefix4, "--listen", hostPort(w.b.l4, 7))
	before := dpdkFiles(t, prefix)
	fail("prefix in use", echo, "", []string{"--eal", args}, prefix)
	if after := dpdkFiles(t, prefix); len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("a second process with the prefix removed files of the first: %v, were %v", after, before)
	}
	srv.stopNow(t)
}
