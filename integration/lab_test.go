package integration

import (
	"fmt"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/internal/netnstest"
)

// A lab is two hosts: network namespaces without names, joined by a veth as "ip link add" makes it, offloads as the
// kernel sets them. It is gone with its descriptors and the processes in it.
//
//	host a                                   host b
//	kernel 10.99.0.1 fd99::1  va ------ vb  kernel 10.99.0.2 fd99::2
//	libOS  10.99.0.11 fd99::11               libOS  10.99.0.12 fd99::12
type lab struct{ a, b *host }

type host struct {
	*netnstest.NS
	dev     string
	v4, v6  string // the kernel's addresses
	l4, l6  string // the libOS's
	prefix4 string
	prefix6 string
	binary  func(t testing.TB, name string) string // nil: the default build
}

func newHost(dev string, n int) (*host, error) {
	ns, err := netnstest.New()
	h := &host{NS: ns, dev: dev,
		v4: fmt.Sprintf("10.99.0.%d", n), v6: fmt.Sprintf("fd99::%d", n),
		l4: fmt.Sprintf("10.99.0.1%d", n), l6: fmt.Sprintf("fd99::1%d", n)}
	h.prefix4, h.prefix6 = h.l4+"/24", h.l6+"/64"
	return h, err
}

func newLab(t testing.TB) *lab {
	t.Helper()
	netnstest.NeedRoot(t)
	l := &lab{}
	t.Cleanup(func() {
		for _, h := range []*host{l.a, l.b} {
			if h != nil {
				h.Close()
			}
		}
	})
	var err error
	if l.a, err = newHost("va", 1); err != nil {
		t.Fatal(err)
	}
	if l.b, err = newHost("vb", 2); err != nil {
		t.Fatal(err)
	}
	err = l.a.Do(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = l.a.dev
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: l.b.dev, PeerNamespace: netlink.NsFd(l.b.FD())})
	})
	for _, h := range []*host{l.a, l.b} {
		if err == nil {
			err = h.setUp()
		}
	}
	if err != nil {
		t.Fatal("make veth: ", err)
	}
	return l
}

func (h *host) setUp() error {
	return h.Do(func() error {
		for _, name := range []string{"lo", h.dev} {
			link, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			if name == h.dev {
				for _, p := range []string{h.v4 + "/24", h.v6 + "/64"} {
					addr, err := netlink.ParseAddr(p)
					if err != nil {
						return err
					}
					addr.Flags = unix.IFA_F_NODAD
					if err := netlink.AddrAdd(link, addr); err != nil {
						return fmt.Errorf("add %s: %w", p, err)
					}
				}
			}
			if err := netlink.LinkSetUp(link); err != nil {
				return err
			}
		}
		return nil
	})
}

// program returns the name and the id of the XDP program on the host's interface; 0 without one.
func (h *host) program(t testing.TB) (id uint32) {
	t.Helper()
	err := h.Do(func() error {
		link, err := netlink.LinkByName(h.dev)
		if err == nil && link.Attrs().Xdp != nil && link.Attrs().Xdp.Attached {
			id = link.Attrs().Xdp.ProgId
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
