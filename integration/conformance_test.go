package integration

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/afxdp"
)

// TestConformanceAFXDP runs the suite over netstack on AF_XDP at both ends of a veth.
func TestConformanceAFXDP(t *testing.T) {
	l := newLab(t)
	libostest.Run(t, func(tb libostest.TB, o libostest.Options) *libostest.Pair {
		arenas := map[*libos.Runtime]*mem.Arena{}
		queues := map[*libos.Runtime]*memq.Engine{}
		open := func(h *host) *libos.Runtime {
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
			e, err := openNetstack(h, arena, nil)
			if err != nil {
				tb.Fatalf("open: %v", errors.Join(err, rt.Close()))
			}
			rt.Add(e)
			return rt
		}
		a, b := open(l.a), open(l.b)
		return &libostest.Pair{
			Traits: libostest.Traits{
				Name: "netstack on AF_XDP", Stream: true, Datagram: true,
			},
			A: a, B: b,
			AddrA:    libostest.Addrs{V4: netip.MustParseAddr(l.a.l4), V6: netip.MustParseAddr(l.a.l6)},
			AddrB:    libostest.Addrs{V4: netip.MustParseAddr(l.b.l4), V6: netip.MustParseAddr(l.b.l6)},
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

// openNetstack opens a stack on the host's interface. wrap, if set, puts something between the two.
func openNetstack(h *host, memory libos.Memory, wrap func(link.Device) (link.Device, error)) (e *netstack.Engine, err error) {
	prefixes := []netip.Prefix{netip.MustParsePrefix(h.prefix4), netip.MustParsePrefix(h.prefix6)}
	err = h.Do(func() error {
		dev, err := afxdp.Open(afxdp.Config{Interface: h.dev, Addrs: []netip.Addr{prefixes[0].Addr(), prefixes[1].Addr()}})
		if err != nil {
			return err
		}
		_, err = dev.OpenQueue(0)
		d := link.Device(dev)
		if err == nil && wrap != nil {
			d, err = wrap(dev)
		}
		if err != nil {
			return errors.Join(err, dev.Close())
		}
		e, err = netstack.Open(netstack.Config{Queue: d.Queue(0), Info: d.Info(), Device: d, Addrs: prefixes, Memory: memory})
		if err != nil {
			return errors.Join(err, dev.Close())
		}
		return nil
	})
	return e, err
}
