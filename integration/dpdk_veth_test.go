//go:build dpdk && linux && cgo

package integration

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Clients of the kernel against echo over DPDK's drivers of kernel interfaces, on a veth: byte-exact, TCP and UDP, IPv4 and IPv6.
func TestDPDKKernelClient(t *testing.T) {
	for _, driver := range []string{"af_packet", "af_xdp"} {
		l := newDPDKLab(t, driver)
		port := fmt.Sprintf("net_%s0,iface=%s", driver, l.b.dev)
		for _, v6 := range []bool{false, true} {
			t.Run(driver+"/tcp/"+family(v6), func(t *testing.T) {
				addr := hostPort(l.b.addr(v6), 7)
				srv := l.b.startServer(t, append(l.b.dpdk(port), "--listen", addr)...)
				for _, n := range sizes {
					data := random(n)
					if got := l.a.socat(t, addr, data); got != string(data) {
						t.Errorf("socat, %d bytes: %d came back, equal %v", n, len(got), got == string(data))
					}
					l.a.client(t, 20, "--connect", addr, "--size", fmt.Sprint(n))
				}
				if out, _, err := l.a.run(t, nil, "ping", "-c", "20", "-i", "0.01", l.b.addr(v6)); err != nil || !strings.Contains(out, " 0% packet loss") {
					t.Errorf("ping: %v\n%s", err, out)
				}
				srv.stop(t)
			})
			t.Run(driver+"/udp/"+family(v6), func(t *testing.T) {
				addr := hostPort(l.b.addr(v6), 7)
				srv := l.b.startServer(t, append(l.b.dpdk(port), "--proto", "udp", "--listen", addr)...)
				for _, n := range datagrams {
					if driver == "af_packet" && !v6 && n > 2000 {
						continue // the kernel puts fragments together for the driver (PACKET_FANOUT_FLAG_DEFRAG), whose frames have 2048 bytes
					}
					data := random(n)
					out, stderr, err := l.a.run(t, bytes.NewReader(data), "socat", "-b", "65536", "-T", "1", "-", "UDP:"+addr)
					if err != nil || out != string(data) {
						t.Errorf("%d bytes: %d came back, %v\n%s", n, len(out), err, stderr)
					}
				}
				srv.stop(t)
			})
		}
	}
}

// newDPDKLab is a lab whose host b has its echo on DPDK, and whose host a sends packets as a NIC would: one a frame.
func newDPDKLab(t testing.TB, driver string) *lab {
	t.Helper()
	removeKilled(t)
	l := newLab(t)
	l.b.binary = dpdkBinary
	if driver == "af_packet" {
		for _, feature := range []uint32{unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO} {
			if err := l.a.Do(func() error { return turnOff(l.a.dev, feature) }); err != nil {
				t.Fatal("ethtool: ", err)
			}
		}
	}
	return l
}
