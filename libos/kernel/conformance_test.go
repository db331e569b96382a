package kernel_test

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/kernel"
	"github.com/catamaran-os/catamaran/libos/libostest"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/memq"
)

// TestConformance runs the suite over loopback.
func TestConformance(t *testing.T) {
	libostest.Run(t, openPair)
}

func openPair(tb libostest.TB, o libostest.Options) *libostest.Pair {
	arenas := map[*libos.Runtime]*mem.Arena{}
	memqs := map[*libos.Runtime]*memq.Engine{}
	one := func() *libos.Runtime {
		arena, err := mem.New(mem.Options{Limit: o.MemoryLimit, NoHugepages: true, Misuse: o.Misuse})
		if err != nil {
			tb.Fatalf("open: %v", err)
		}
		rt, err := libos.New(libos.Options{Memory: arena, MaxTokens: o.MaxTokens, MaxQueues: o.MaxQueues, Misuse: o.Misuse})
		if err != nil {
			tb.Fatalf("open: %v", err)
		}
		e, err := kernel.Open(arena, kernel.Config{})
		if err != nil {
			tb.Fatalf("open: %v", errors.Join(err, rt.Close()))
		}
		rt.Add(e)
		memqs[rt] = memq.New(arena)
		rt.Add(memqs[rt])
		arenas[rt] = arena
		return rt
	}
	a, b := one(), one()
	v4, close4 := silent(tb, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	v6, close6 := silent(tb, &unix.SockaddrInet6{Addr: netip.IPv6Loopback().As16()})
	return &libostest.Pair{
		Traits: libostest.Traits{
			Name:        "kernel sockets over loopback",
			Stream:      true,
			Datagram:    true,
			SharedPorts: true,
			Keeps:       64 << 10,
			Descriptors: 4000,
		},
		A: a, B: b,
		AddrA:      libostest.Addrs{V4: netip.MustParseAddr("127.0.0.1"), V6: netip.IPv6Loopback()},
		AddrB:      libostest.Addrs{V4: netip.MustParseAddr("127.0.0.1"), V6: netip.IPv6Loopback()},
		NonLocal:   libostest.Addrs{V4: netip.MustParseAddr("192.0.2.1"), V6: netip.MustParseAddr("2001:db8::1")},
		DeadRemote: libostest.AddrPorts{V4: v4, V6: v6},
		MemoryQueue: func(rt *libos.Runtime) (libos.QD, error) {
			q, err := memqs[rt].Queue(0)
			if err != nil {
				return 0, err
			}
			return rt.Insert(q)
		},
		InUse: func(rt *libos.Runtime) int64 { return int64(arenas[rt].Stats().InUse) },
		Close: func() error {
			return errors.Join(a.Close(), b.Close(), close4(), close6())
		},
	}
}

// silent returns an address that does not answer a connect: that of a listener whose backlog is full.
func silent(tb libostest.TB, sa unix.Sockaddr) (netip.AddrPort, func() error) {
	domain := unix.AF_INET
	if _, ok := sa.(*unix.SockaddrInet6); ok {
		domain = unix.AF_INET6
	}
	must := func(err error) {
		if err != nil {
			tb.Fatalf("make a listener with a full backlog: %v", err)
		}
	}
	var fds []int
	open := func() int {
		fd, err := unix.Socket(domain, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		must(err)
		fds = append(fds, fd)
		return fd
	}
	lis := open()
	must(unix.Bind(lis, sa))
	must(unix.Listen(lis, 0))
	sa, err := unix.Getsockname(lis)
	must(err)
	for range 2 { // the one that a backlog of zero takes, and one that waits for an answer
		if err := unix.Connect(open(), sa); err != nil && err != unix.EINPROGRESS {
			must(err)
		}
	}
	var addr netip.AddrPort
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		addr = netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		addr = netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return addr, func() error {
		var errs []error
		for _, fd := range fds {
			errs = append(errs, unix.Close(fd))
		}
		return errors.Join(errs...)
	}
}
