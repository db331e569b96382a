// Package lab makes what a benchmark runs on: two hosts on one machine, joined by a cable.
//
//	    client                                   server
//	+-------------------------+            +-------------------------+
//	|  kernel  10.99.0.1/24   |            |  kernel  10.99.0.2/24   |
//	|  stack   10.99.0.11     |            |  stack   10.99.0.12     |
//	|                  [veth0]+------------+[veth0]                  |
//	+-------------------------+            +-------------------------+
//
// A host is a network namespace without a name, held by a thread and by the processes started in it: it is gone with
// them, also when the benchmark is killed. The veth is as the kernel makes it. Stacks in user space bring their address;
// the kernel does not have it. IPv6 is off, so that nothing but the load is on the cable. Each turn has a lab of its own:
// no connection in TIME-WAIT, neighbour or XDP program is left from the turn before.
//
// In short: Open, Start processes on Server and Client, Close.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/vishvananda/netlink"
)

// Device is the name of the interface on both hosts.
const Device = "veth0"

// Addresses of the hosts, all in 10.99.0.0/24.
var (
	KernelClient = netip.MustParsePrefix("10.99.0.1/24")
	KernelServer = netip.MustParsePrefix("10.99.0.2/24")
	StackClient  = netip.MustParsePrefix("10.99.0.11/24")
	StackServer  = netip.MustParsePrefix("10.99.0.12/24")
)

// Loopback is the address of a host on its own loopback; Host.SetLoopback sets that up.
var Loopback = netip.MustParsePrefix("127.0.0.1/8")

// A Lab is two hosts with a cable.
type Lab struct {
	Client, Server *Host
	middle         *middle // with loss
}

// Open returns when the cable is up. The cable loses the given share of the frames in each direction. Open needs
// CAP_SYS_ADMIN and CAP_NET_ADMIN, with loss also CAP_BPF.
func Open(ctx context.Context, loss float64) (*Lab, error) {
	l := &Lab{}
	err := l.open(ctx, loss)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Lab) open(ctx context.Context, loss float64) (err error) {
	if l.Client, err = newHost(); err != nil {
		return err
	}
	if l.Server, err = newHost(); err != nil {
		return err
	}
	if loss > 0 {
		h, err := newHost()
		if err != nil {
			return err
		}
		l.middle = &middle{Host: h}
		err = errors.Join(cable(h, sides[0], l.Client), cable(h, sides[1], l.Server))
		if err == nil {
			err = l.middle.drop(loss)
		}
		if err != nil {
			return err
		}
	} else if err := cable(l.Client, Device, l.Server); err != nil {
		return err
	}
	if err := l.Client.do(func() error { return setUp(KernelClient) }); err != nil {
		return err
	}
	if err := l.Server.do(func() error { return setUp(KernelServer) }); err != nil {
		return err
	}
	for _, h := range []*Host{l.Client, l.Server} {
		if err := h.Await(ctx, Device+" to come up", isUp); err != nil {
			return err
		}
	}
	return nil
}

// cable makes a veth from an interface of host a to Device of host b.
func cable(a *Host, name string, b *Host) error {
	var peer *os.File
	err := b.do(func() (err error) {
		peer, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return fmt.Errorf("open a network namespace: %w", err)
	}
	err = a.do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = name
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: Device, PeerNamespace: netlink.NsFd(peer.Fd())})
	})
	if err := errors.Join(err, peer.Close()); err != nil {
		return fmt.Errorf("make a veth: %w", err)
	}
	return nil
}

// setUp configures the calling thread's namespace.
func setUp(addr netip.Prefix) error {
	for name, value := range map[string]string{
		"ipv6/conf/all/disable_ipv6":     "1",
		"ipv6/conf/default/disable_ipv6": "1",
		// The load connect uses a port for each connection, faster than TIME-WAIT gives them back.
		"ipv4/ip_local_port_range": "1024 65535",
		"ipv4/tcp_tw_reuse":        "1",
	} {
		err := os.WriteFile("/proc/sys/net/"+name, []byte(value), 0)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // a kernel without IPv6
			return fmt.Errorf("set sysctl: %w", err)
		}
	}
	link, err := netlink.LinkByName(Device)
	if err != nil {
		return fmt.Errorf("find %s: %w", Device, err)
	}
	a, err := netlink.ParseAddr(addr.String())
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, a); err != nil {
		return fmt.Errorf("give %s the address %v: %w", Device, addr, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set %s up: %w", Device, err)
	}
	return nil
}

func isUp() (bool, error) {
	link, err := netlink.LinkByName(Device)
	if err != nil {
		return false, err
	}
	return link.Attrs().OperState == netlink.OperUp, nil
}

// SetLoopback sets the host's loopback up, which has its address then.
func (h *Host) SetLoopback() error {
	return h.do(func() error {
		lo, err := netlink.LinkByName("lo")
		if err == nil {
			err = netlink.LinkSetUp(lo)
		}
		if err != nil {
			return fmt.Errorf("set loopback up: %w", err)
		}
		return nil
	})
}

// Close removes the cable and both hosts. Processes started on them must have ended. It is idempotent.
func (l *Lab) Close() error {
	var err error
	// Here and now: the kernel takes namespaces apart later, in the background, which would disturb the next turn.
	if l.middle != nil {
		err = l.middle.release()
		l.middle = nil
	}
	if l.Client != nil {
		err = errors.Join(err, l.Client.do(func() error { return remove(Device) }))
	}
	for _, h := range []**Host{&l.Client, &l.Server} {
		if *h != nil {
			(*h).close()
			*h = nil
		}
	}
	return err
}

// awaitLimit bounds every wait for a condition on a host.
const awaitLimit = 10 * time.Second
