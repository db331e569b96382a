//go:build dpdk && linux && cgo

package integration

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// Both ends over DPDK, two processes: byte-exact, TCP and UDP, IPv4 and IPv6. Each message size is a client of its own, which
// connects its port anew.
func TestDPDKEcho(t *testing.T) {
	for _, kind := range kinds {
		w := newWire(t, kind)
		for _, proto := range []string{"tcp", "udp"} {
			for _, v6 := range []bool{false, true} {
				t.Run(kind+"/"+proto+"/"+family(v6), func(t *testing.T) {
					addr := hostPort(w.b.addr(v6), 7)
					srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--proto", proto, "--listen", addr)...)
					ns := sizes
					if proto == "udp" {
						ns = datagrams
					}
					for _, n := range ns {
						w.a.client(t, 50, append(w.a.dpdk(w.client), "--proto", proto, "--connect", addr, "--size", fmt.Sprint(n))...)
					}
					srv.stopNow(t)
				})
			}
		}
	}
}

// The end that listens on the socket can be the client just as well.
func TestDPDKClientListens(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWire(t, kind)
			addr := hostPort(w.b.l4, 7)
			client := w.a.start(t, dpdkBinary(t, "echo"), append([]string{"client", "--json", "--count", "1000", "--connect", addr},
				w.a.dpdk(w.server)...)...)
			eventually(t, limit, "a socket", func() bool { return exists(w.socket) })
			srv := w.b.startServer(t, append(w.b.dpdk(w.client), "--listen", addr)...)
			<-client.done
			if r := client.report(t); client.err != nil || r.Requests != 1000 || r.Errors+r.Mismatches > 0 {
				t.Errorf("%v, %+v\n%s", client.err, r, client.stderr.String())
			}
			srv.stopNow(t)
		})
	}
}

// A million requests on a thousand connections: every one is answered, and the frame accounts of the server sum each time that
// it prints them.
func TestDPDKManyConnections(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			requests := 1_000_000
			if testing.Short() || kind != "memif" {
				requests = 200_000
			}
			w := newWire(t, kind)
			addr := hostPort(w.b.l4, 7)
			srv := w.b.startServer(t, append(w.b.dpdk(w.server), "--listen", addr, "--stats", "100ms")...)
			r := w.a.client(t, requests, append(w.a.dpdk(w.client), "--connect", addr, "--conns", "1000")...)
			srv.stopNow(t)
			sums, conns := accounts(t, srv.stderr.String())
			if sums == 0 || conns != 1000 {
				t.Errorf("the server printed its accounts %d times, with at most %d connections", sums, conns)
			}
			t.Logf("%d requests on 1000 connections, %.0f/s; frame accounts summed %d times", r.Requests, r.Rate, sums)
		})
	}
}

// stopNow ends a server whose peer went with its last frames: with a second signal, it does not wait for acknowledgements.
func (p *process) stopNow(t testing.TB) {
	t.Helper()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		p.signal(syscall.SIGTERM)
		select {
		case <-again.C:
			continue
		case <-p.done:
			again.Stop()
		}
		break
	}
	p.stop(t)
}
