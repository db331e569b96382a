//go:build dpdk && linux && cgo

package integration

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A server that polls is not harmed when its peer is killed, round after round, and answers the next one.
func TestDPDKPeerKilled(t *testing.T) {
	for _, tt := range []struct {
		name, kind string
		rounds     int
		ours, peer func(w *wire) string
	}{
		{"memif server", "memif", 20, func(w *wire) string { return w.server }, func(w *wire) string { return w.client }},
		{"memif client", "memif", 20, func(w *wire) string { return w.client }, func(w *wire) string { return w.server }},
		{"vhost", "vhost", 20, func(w *wire) string { return w.server }, func(w *wire) string { return w.client }},
		{"virtio_user", "vhost", 20, func(w *wire) string { return w.client + ",server=1" }, func(w *wire) string { return w.server + ",client=1" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() {
				tt.rounds = 5
			}
			w := newWire(t, tt.kind)
			addr := hostPort(w.b.l4, 7)
			srv := w.b.start(t, dpdkBinary(t, "echo"), append([]string{"server", "--stats", "10ms", "--listen", addr},
				w.b.dpdk(tt.ours(w))...)...)
			if tt.name != "memif client" {
				eventually(t, limit, "a socket", func() bool { return exists(w.socket) })
			}
			answered := 0
			for range tt.rounds {
				// virtio_user's port, when it listens, is not there before somebody connects.
				load := w.a.start(t, dpdkBinary(t, "echo"), append([]string{"client", "--connect", addr, "--conns", "4", "--duration", "1m",
					"--timeout", "30s"}, w.a.dpdk(tt.peer(w))...)...)
				before := answered
				eventually(t, limit, "a thousand answers for a peer", func() bool {
					for p, who := range map[*process]string{srv: "the server", load: "the peer"} {
						select {
						case <-p.done:
							t.Fatalf("%s ended by itself: %v\n%s", who, p.err, ending(p.stderr.String()))
						default:
						}
					}
					answered = requests(srv.stderr.String())
					return answered > before+1000
				})
				load.signal(os.Kill)
				<-load.done
				answered = requests(srv.stderr.String())
			}
			w.a.client(t, 1000, append(w.a.dpdk(tt.peer(w)), "--connect", addr, "--timeout", "30s")...)
			srv.stopNow(t)
			t.Logf("%d peers were killed, %d requests answered", tt.rounds, answered)
		})
	}
}

var requestsLine = regexp.MustCompile(`(?m)^server .* requests=(\d+) `)

// requests returns how many requests a server has answered when it printed its counters last.
func requests(text string) int {
	all := requestsLine.FindAllStringSubmatch(ending(text), -1)
	if len(all) == 0 {
		return 0
	}
	n, err := strconv.Atoi(all[len(all)-1][1])
	if err != nil {
		return 0
	}
	return n
}

// ending is enough of a text for the last counters, or for what a process said when it ended.
func ending(text string) string { return text[max(0, len(text)-8<<10):] }

// The server's end of a socket was killed: what it leaves does not keep the next one from listening.
func TestDPDKStaleSocket(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWire(t, kind)
			addr := hostPort(w.b.l4, 7)
			for range 3 {
				srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr)...)
				w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", addr)...)
				srv.signal(os.Kill)
				<-srv.done
				if !exists(w.socket) {
					t.Fatal("a killed server left no socket: this test shows nothing")
				}
			}
			srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr)...)
			w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", addr)...)
			srv.stopNow(t)
			if exists(w.socket) {
				t.Error("a server that was stopped left its socket")
			}
		})
	}
}

// What a killed process leaves is what docs/dpdk.md says: EAL's directory, and the socket. The next one with the prefix takes
// them over, and leaves nothing.
func TestDPDKKilledLeaves(t *testing.T) {
	w := newWire(t, "memif")
	args, prefix := eal("--vdev=" + w.server)
	flags := []string{"--libos", "dpdk", "--eal", args, "--ip", w.b.prefix4, "--listen", hostPort(w.b.l4, 7)}
	srv := w.b.startServer(t, flags...)
	srv.signal(os.Kill)
	<-srv.done
	dir := "/var/run/dpdk/" + prefix
	want := map[string]bool{dir: true, dir + "/config": true, dir + "/fbarray_memzone": true, dir + "/fbarray_nohugemem": true,
		dir + "/mp_socket": true, dir + "/dpdk_telemetry.v2": true}
	for _, path := range dpdkFiles(t, prefix) {
		if !want[path] {
			t.Errorf("a killed server left %s", path)
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("a killed server did not leave %v: say so in docs/dpdk.md", want)
	}
	srv = w.b.startServer(t, flags...)
	w.a.client(t, 100, append(w.a.dpdk(w.client), "--connect", hostPort(w.b.l4, 7))...)
	srv.stopNow(t)
	if left := dpdkFiles(t, prefix); len(left) > 0 || exists(w.socket) {
		t.Errorf("left behind: %s, socket %v", strings.Join(left, " "), exists(w.socket))
	}
}
