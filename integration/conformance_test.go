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
	conform(t, "netstack on AF_XDP", func(tb libostest.TB, memories [2]libos.Memory) (engines [2]*netstack.Engine) {
		for i, h := range []*host{l.a, l.b} {
			e, err := openNetstack(h, memories[i], nil)
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			engines[i] = e
		}
		return engines
	})
}

// addresses are those of the stacks at both ends, IPv4 and IPv6.
var addresses = [2][]netip.Prefix{
	{netip.MustParsePrefix("10.99.0.11/24"), netip.MustParsePrefix("fd99::11/64")},
	{netip.MustParsePrefix("10.99.0.12/24"), netip.MustParsePrefix("fd99::12/64")},
}

// conform runs the suite on runtimes with memory queues and the stacks that open opens.
func conform(t *testing.T, name string, open func(tb libostest.TB, memories [2]libos.Memory) [2]*netstack.Engine) {
	libostest.Run(t, func(tb libostest.TB, o libostest.Options) *libostest.Pair {
		arenas := map[*libos.Runtime]*mem.Arena{}
		queues := map[*libos.Runtime]*memq.Engine{}
		var runtimes [2]*libos.Runtime
		var memories [2]libos.Memory
		for i := range runtimes {
			arena, err := mem.New(mem.Options{Limit: o.MemoryLimit, Misuse: o.Misuse})
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			rt, err := libos.New(libos.Options{Memory: arena, MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse})
			if err != nil {
				tb.Fatalf("open: %v", err)
			}
			runtimes[i], memories[i] = rt, arena
			arenas[rt], queues[rt] = arena, memq.New(arena)
			rt.Add(queues[rt])
		}
		for i, e := range open(tb, memories) {
			runtimes[i].Add(e)
		}
		a, b := runtimes[0], runtimes[1]
		return &libostest.Pair{
			Traits:   libostest.Traits{Name: name, Stream: true, Datagram: true},
			A:        a,
			B:        b,
			AddrA:    libostest.Addrs{V4: addresses[0][0].Addr(), V6: addresses[0][1].Addr()},
			AddrB:    libostest.Addrs{V4: addresses[1][0].Addr(), V6: addresses[1][1].Addr()},
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
