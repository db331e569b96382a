package afxdp

import (
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/require"
)

// netns is a network namespace of the test's own. It has no name, so it is gone when its descriptor and its sockets are.
type netns struct{ fd int }

// onThread runs fn on a thread that ends with it, so that fn may change the thread's namespace and capabilities.
func onThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not be used again
		done <- fn()
	}()
	return <-done
}

func newNetns() (*netns, error) {
	ns := &netns{fd: -1}
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("unshare: %w", err)
		}
		ns.fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	return ns, err
}

// do runs fn in the namespace.
func (ns *netns) do(fn func() error) error {
	return onThread(func() error {
		if err := unix.Setns(ns.fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("setns: %w", err)
		}
		return fn()
	})
}

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

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		require.Skip(t, "needs root: makes network namespaces and XDP programs")
	}
}

func newWire(t testing.TB, queues, mtu int) *wire {
	t.Helper()
	needRoot(t)
	w, err := makeWire(queues, mtu)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.remove)
	return w
}

func makeWire(queues, mtu int) (*wire, error) {
	w := &wire{}
	var err error
	if w.a, err = newNetns(); err != nil {
		return nil, err
	}
	if w.b, err = newNetns(); err != nil {
		return nil, err
	}
	err = w.a.do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name, attrs.MTU, attrs.NumRxQueues, attrs.NumTxQueues = nameA, mtu, queues, queues
		attrs.HardwareAddr = macA
		return netlink.LinkAdd(&netlink.Veth{
			LinkAttrs: attrs, PeerName: nameB, PeerHardwareAddr: macB, PeerMTU: uint32(mtu),
			PeerNumRxQueues: uint32(queues), PeerNumTxQueues: uint32(queues), PeerNamespace: netlink.NsFd(w.b.fd),
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
	return ns.do(func() error {
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
	return ns.do(func() error {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		return netlink.LinkSetMTU(l, mtu)
	})
}

func (w *wire) remove() {
	for _, ns := range []*netns{w.a, w.b} {
		if ns != nil && ns.fd >= 0 {
			unix.Close(ns.fd)
			ns.fd = -1
		}
	}
}

// open opens cfg.Interface in ns with the given queues.
func (ns *netns) open(cfg Config, queues ...int) (d *Device, err error) {
	err = ns.do(func() error {
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
	err := ns.do(func() error {
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
