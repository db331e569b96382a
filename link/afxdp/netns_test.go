package afxdp

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/catamaran-os/catamaran/internal/netnstest"
)

// netns is a network namespace of the test's own.
type netns struct{ *netnstest.NS }

// wire is two namespaces joined by a veth:
//
//	namespace a                 namespace b
//	haxa 02:00:00:00:00:0a ---- haxb 02:00:00:00:00:0b
type wire struct{ a, b *netns }

const nameA, nameB = "haxa", "haxb"

var (
	macA = []byte{2, 0, 0, 0, 0, 0xa}
	macB = []byte{2, 0, 0, 0, 0, 0xb}
	ipA  = netip.MustParseAddr("10.99.0.1")
	ipB  = netip.MustParseAddr("10.99.0.2")
	ip6A = netip.MustParseAddr("fd99::1")

	addrsA = []netip.Addr{ipA}
	addrsB = []netip.Addr{ipB}
)

func newWire(t testing.TB, queues, mtu int) *wire {
	t.Helper()
	netnstest.NeedRoot(t)
	w, err := makeWire(queues, mtu)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.remove)
	return w
}

func makeWire(queues, mtu int) (*wire, error) {
	w := &wire{&netns{}, &netns{}}
	var err error
	for _, ns := range []*netns{w.a, w.b} {
		if ns.NS, err = netnstest.New(); err != nil {
			w.remove()
			return nil, err
		}
	}
	err = w.a.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU, attrs.NumRxQueues, attrs.NumTxQueues = nameA, mtu, queues, queues
		attrs.HardwareAddr = macA
		return netlink.LinkAdd(&netlink.Veth{
			LinkAttrs: attrs, PeerName: nameB, PeerHardwareAddr: macB, PeerMTU: uint32(mtu),
			PeerNumRxQueues: uint32(queues), PeerNumTxQueues: uint32(queues), PeerNamespace: netlink.NsFd(w.b.FD()),
		})
	})
	if err == nil {
		err = w.setUp(w.a, nameA, true)
	}
	if err == nil {
		err = w.setUp(w.b, nameB, true)
	}
	if err != nil {
		w.remove()
		return nil, fmt.Errorf("make veth: %w", err)
	}
	return w, nil
}

func (w *wire) setUp(ns *netns, name string, up bool) error {
	return ns.Do(func() error {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if up {
			return netlink.LinkSetUp(l)
		}
		return netlink.LinkSetDown(l)
	})
}

func (ns *netns) setMTU(name string, mtu int) error {
	return ns.Do(func() error {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		return netlink.LinkSetMTU(l, mtu)
	})
}

func (w *wire) remove() {
	for _, ns := range []*netns{w.a, w.b} {
		ns.Close()
	}
}

// open opens cfg.Interface in ns with the given queues.
func (ns *netns) open(cfg Config, queues ...int) (d *Device, err error) {
	err = ns.Do(func() error {
		if d, err = Open(cfg); err != nil {
			return err
		}
		for _, id := range queues {
			if _, err = d.OpenQueue(id); err != nil {
				d.Close()
				return err
			}
		}
		return nil
	})
	return d, err
}

func (ns *netns) mustOpen(t testing.TB, cfg Config, queues ...int) *Device {
	t.Helper()
	d, err := ns.open(cfg, queues...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// attached returns what XDP program the interface has.
func (ns *netns) attached(t testing.TB, name string) (info ifInfo) {
	t.Helper()
	err := ns.Do(func() error {
		l, err := netlink.LinkByName(name)
		if err == nil {
			info, err = readIfInfo(l.Attrs().Index)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// small is a configuration for tests that do not fill the rings.
func small(name string, addrs ...netip.Addr) Config {
	return Config{Interface: name, Frames: 256, Addrs: addrs}
}

// eventually waits for a condition that must come.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("gave up waiting: ", what)
		}
		runtime.Gosched()
	}
}
