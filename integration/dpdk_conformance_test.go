//go:build dpdk && linux && cgo

package integration

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
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
	netA := []netip.Prefix{netip.MustParsePrefix("10.99.0.11/24"), netip.MustParsePrefix("fd99::11/64")}
	netB := []netip.Prefix{netip.MustParsePrefix("10.99.0.12/24"), netip.MustParsePrefix("fd99::12/64")}
	libostest.Run(t, func(tb libostest.TB, o libostest.Options) *libostest.Pair {
		arenas := map[*libos.Runtime]*mem.Arena{}
		queues := map[*libos.Runtime]*memq.Engine{}
		runtime := func(d link.Device, addrs []netip.Prefix) *libos.Runtime {
			arena, err := mem.New(mem.Options{Limit: o.MemoryLimit, Misuse: o.Misuse})
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			rt, err := libos.New(libos.Options{Memory: arena, MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse})
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			arenas[rt], queues[rt] = arena, memq.New(arena)
			rt.Add(queues[rt])
			e, err := netstack.Open(netstack.Config{Queue: d.Queue(0), Info: d.Info(), Device: d, Addrs: addrs, Memory: arena})
			if err != nil {
				tb.Fatalf("open: %v", errors.Join(err, d.Close(), rt.Close()))
			}
			rt.Add(e)
			return rt
		}
		da, db := open(tb)
		a, b := runtime(da, netA), runtime(db, netB)
		return &libostest.Pair{
			Traits:   libostest.Traits{Name: name, Stream: true, Datagram: true},
			A:        a,
			B:        b,
			AddrA:    libostest.Addrs{V4: netA[0].Addr(), V6: netA[1].Addr()},
			AddrB:    libostest.Addrs{V4: netB[0].Addr(), V6: netB[1].Addr()},
			NonLocal: libostest.Addrs{V4: netip.MustParseAddr("192.0.2.1"), V6: netip.MustParseAddr("2001:db8::1")},
			DeadRemote: libostest.AddrPorts{
				V4: netip.MustParseAddrPort("10.99.0.77:7"), V6: netip.MustParseAddrPort("[fd99::77]:7"),
			},
			MemoryQueue: func(rt *libos.Runtime) (libos.QD, error) {
				q, err := queues[rt].Queue(0)
				if err != nil {
					return 0, err
				}
				return rt.Insert(q)
			},
			InUse: func(rt *libos.Runtime) int64 { return int64(arenas[rt].Stats().InUse) },
			Close: func() error { return errors.Join(a.Close(), b.Close()) },
		}
	})
}
