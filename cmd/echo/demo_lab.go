package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const labDevice = "veth0" // at both ends; each is alone in its namespace

var labAddrs = [2]netip.Addr{netip.MustParseAddr("10.99.0.1"), netip.MustParseAddr("10.99.0.2")}

// errNotRemoved is in the error of a lab that could not be removed in order; the kernel removes it with the process.
var errNotRemoved = errors.New("not everything is removed before the end of the process")

// A lab is two hosts with a veth between them. Neither namespace has a name: they live as long as the threads and the
// processes in them, so that even a killed demo leaves nothing.
type lab struct{ hosts [2]*labHost }

// A labHost is an operating-system thread in a network namespace of its own.
type labHost struct {
	do   chan func()
	gone chan struct{}
}

// openLab makes the two hosts, and returns when the link is up. It needs CAP_SYS_ADMIN and CAP_NET_ADMIN.
func openLab(ctx context.Context) (*lab, error) {
	l := &lab{}
	for i := range l.hosts {
		h, err := openHost()
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		l.hosts[i] = h
	}
	if err := l.connect(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func openHost() (*labHost, error) {
	h := &labHost{do: make(chan func()), gone: make(chan struct{})}
	ready := make(chan error)
	go func() {
		defer close(h.gone)
		// Never unlocked: the thread ends with the goroutine and is the namespace's last member then. It must live as long
		// as the processes that it starts, because their parent-death signal is tied to the thread.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			ready <- fmt.Errorf("make a network namespace: %w", err)
			return
		}
		ready <- nil
		for f := range h.do {
			f()
		}
	}()
	if err := <-ready; err != nil {
		return nil, err
	}
	return h, nil
}

// run calls f on the host's thread.
func (h *labHost) run(f func() error) error {
	result := make(chan error)
	h.do <- func() { result <- f() }
	return <-result
}

// start starts cmd in the host's namespace. The kernel kills it if the demo dies.
func (h *labHost) start(cmd *exec.Cmd) error {
	// A process group of its own, because Ctrl-C is the demo's to handle.
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL, Setpgid: true}
	return h.run(cmd.Start)
}

func (l *lab) connect(ctx context.Context) error {
	var peer *os.File
	err := l.hosts[1].run(func() (err error) {
		peer, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return fmt.Errorf("open a network namespace: %w", err)
	}
	err = l.hosts[0].run(func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = labDevice
		return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: labDevice, PeerNamespace: netlink.NsFd(peer.Fd())})
	})
	if err := errors.Join(err, peer.Close()); err != nil {
		return fmt.Errorf("make a veth: %w", err)
	}
	for i, h := range l.hosts {
		if err := h.run(func() error { return setUp(labAddrs[i]) }); err != nil {
			return err
		}
	}
	for _, h := range l.hosts {
		if err := h.run(func() error { return waitUp(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

func setUp(addr netip.Addr) error {
	link, err := netlink.LinkByName(labDevice)
	if err != nil {
		return fmt.Errorf("find %s: %w", labDevice, err)
	}
	a, err := netlink.ParseAddr(netip.PrefixFrom(addr, 24).String())
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(link, a); err != nil {
		return fmt.Errorf("give %s the address %v: %w", labDevice, a, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set %s up: %w", labDevice, err)
	}
	return nil
}

// waitUp waits until the kernel says that the device of the calling thread's namespace is up.
func waitUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	updates := make(chan netlink.LinkUpdate)
	done := make(chan struct{})
	var failed error
	err := netlink.LinkSubscribeWithOptions(updates, done, netlink.LinkSubscribeOptions{
		ListExisting:  true,
		ErrorCallback: func(err error) { failed = err }, // called before updates is closed, by the goroutine that closes it
	})
	if err != nil {
		return fmt.Errorf("watch %s: %w", labDevice, err)
	}
	defer func() {
		close(done)
		for range updates { // until the subscription has ended
		}
	}()
	for {
		select {
		case u, ok := <-updates:
			if !ok {
				return fmt.Errorf("watch %s: %w", labDevice, failed)
			}
			if a := u.Attrs(); a.Name == labDevice && a.OperState == netlink.OperUp {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("wait until %s is up: %w", labDevice, ctx.Err())
		}
	}
}

// Close deletes the veth and ends both namespaces. Every process started in them must have ended.
func (l *lab) Close() error {
	var err error
	if h := l.hosts[0]; h != nil {
		// Deleted here and now: the kernel takes namespaces apart later, in the background.
		err = h.run(func() error {
			link, err := netlink.LinkByName(labDevice)
			if errors.As(err, &netlink.LinkNotFoundError{}) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("find %s: %w", labDevice, err)
			}
			return netlink.LinkDel(link)
		})
	}
	for i, h := range l.hosts {
		if h != nil {
			close(h.do)
			<-h.gone
			l.hosts[i] = nil
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errNotRemoved, err)
	}
	return nil
}
