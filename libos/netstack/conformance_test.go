package netstack_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link/pipe"
)

func conformancePair(name string, virtual bool, tcp netstack.TCP, wire pipe.Config) libostest.Opener {
	return func(t libostest.TB, o libostest.Options) *libostest.Pair {
		t.Helper()
		now := time.Unix(1_000_000_000, 0)
		h := hostOptions{
			limit:   max(o.MemoryLimit, 0),
			Options: libos.Options{MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse},
			Config:  netstack.Config{TCP: tcp},
		}
		if h.limit > 0 {
			h.limit = max(h.limit, 2<<20)
		}
		if virtual {
			h.Config.Now = func() time.Time { return now }
		}
		a, b := newPair(t, wire, h, nil)
		p := &libostest.Pair{
			Traits: libostest.Traits{Name: name, Stream: true, Datagram: true},
			A:      a.rt,
			B:      b.rt,
			AddrA:  libostest.Addrs{V4: addrA, V6: addrA6},
			AddrB:  libostest.Addrs{V4: addrB, V6: addrB6},
			NonLocal: libostest.Addrs{
				V4: netip.MustParseAddr("192.0.2.1"),
				V6: netip.MustParseAddr("2001:db8::1"),
			},
			DeadRemote: libostest.AddrPorts{
				V4: netip.MustParseAddrPort("10.0.0.77:7"),
				V6: netip.MustParseAddrPort("[fd00::77]:7"),
			},
			InUse: func(rt *libos.Runtime) int64 {
				if rt == a.rt {
					return int64(a.arena.Stats().InUse)
				}
				return int64(b.arena.Stats().InUse)
			},
			Close: func() error { return errors.Join(a.rt.Close(), b.rt.Close()) },
		}
		if tcp == netstack.TCPStock {
			p.NotApplicable = map[string]string{
				"A.accept.order": "gVisor completes handshakes on a goroutine for each processor: connections are accepted in any order",
			}
		}
		if virtual {
			p.Advance = func(d time.Duration) { now = now.Add(d) }
		}
		return p
	}
}

func TestConformance(t *testing.T) {
	libostest.Run(t, conformancePair("netstack on a pipe", false, netstack.TCPInline, pipe.Config{}))
}

func TestConformanceStock(t *testing.T) {
	libostest.Run(t, conformancePair("netstack on a pipe, gVisor's goroutines", false, netstack.TCPStock, pipe.Config{}))
}

// TestConformanceOffload: the devices cut segments, and deliver those of the other uncut.
func TestConformanceOffload(t *testing.T) {
	libostest.Run(t, conformancePair("netstack on a pipe with offloads", false, netstack.TCPInline, pipe.Config{Offload: true}))
}
