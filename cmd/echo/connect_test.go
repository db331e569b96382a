package main

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
)

// A client that a signal ends before it is connected says so, and ends as a shell's command does.
func TestConnectInterrupted(t *testing.T) {
	// Of two connections in its backlog of none, a listener leaves the second without an answer.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(name.(*syscall.SockaddrInet4).Port))
	rt, err := api.Open(api.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer rt.Close()
	connect := func(signals int32) error {
		var count atomic.Int32
		if count.Store(signals); signals > 0 {
			rt.Interrupt()
		}
		o := &clientOptions{shared: shared{proto: "tcp"}, addr: addr, size: 64, conns: 1, connect: time.Minute}
		return newLoad(rt, o, &count).connectAll()
	}
	if err := connect(0); err != nil {
		t.Fatal(err)
	}
	if err := connect(1); err == nil || status(flags.Remedy(err)) != statusInterrupted || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v, status %d", err, status(err))
	}
}
