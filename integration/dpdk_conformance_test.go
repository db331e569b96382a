//go:build dpdk && linux && cgo

package integration

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk"
)

var portNumbers atomic.Int32 // of names of ports in this process

// TestConformanceDPDKRing runs the suite over netstack on two ports of DPDK's ring driver.
func TestConformanceDPDKRing(t *testing.T) {
	conformDPDK(t, "netstack on DPDK's rings", func(tb libostest.TB) (a, b link.Device) {
		n := portNumbers.Add(1) % 8
		nameA, nameB, err := dpdk.RingPair(testEAL, fmt.Sprintf("a%d", n), fmt.Sprintf("b%d", n))
		if err != nil {
			tb.Fatalf("open: %v", err)
		}
		return openPort(tb, nameA), openPort(tb, nameB)
	})
}

// TestConformanceDPDKMemif runs the suite over netstack on both ends of a memif. Another port keeps the socket: the driver
// leaves a descriptor open of each socket that it no longer listens on.
func TestConformanceDPDKMemif(t *testing.T) {
	socket := filepath.Join(socketDir(t), "memif")
	id := 0
	port := func(role string) string {
		return fmt.Sprintf("net_memif%d,role=%s,id=%d,socket=%s,socket-abstract=no", portNumbers.Add(1), role, id, socket)
	}
	keep := openPort(t, port("server"))
	defer func() {
		if err := keep.Close(); err != nil {
			t.Error(err)
		}
	}()
	conformDPDK(t, "netstack on DPDK's memif", func(tb libostest.TB) (a, b link.Device) {
		id++
		a = openPort(tb, port("server"))
		b = openPort(tb, port("client"))
		for _, d := range []link.Device{a, b} {
			for end := time.Now().Add(limit); ; {
				if _, err := d.Queue(0).RxBurst(nil); err == nil {
					break
				} else if time.Now().After(end) {
					tb.Fatalf("%s: %v", d.Info().Name, err)
				}
			}
		}
		return a, b
	})
}

func openPort(tb libostest.TB, port string) link.Device {
	d, err := dpdk.Open(dpdk.Config{EAL: testEAL, Port: port})
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	return d
}

// conformDPDK runs the suite on the pairs of devices that open makes.
func conformDPDK(t *testing.T, name string, open func(tb libostest.TB) (a, b link.Device)) {
	conform(t, name, func(tb libostest.TB, memories [2]libos.Memory) (engines [2]*netstack.Engine) {
		a, b := open(tb)
		for i, d := range []link.Device{a, b} {
			e, err := netstack.Open(netstack.Config{Queue: d.Queue(0), Info: d.Info(), Device: d, Addrs: addresses[i], Memory: memories[i]})
			if err != nil {
				tb.Fatalf("open: %v", errors.Join(err, a.Close(), b.Close()))
			}
			engines[i] = e
		}
		return engines
	})
}
