package netstack_test

import (
	"errors"
	"net/netip"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/libos"
)

// TestAddresses gives each call addresses that it must refuse, and then one that it takes.
func TestAddresses(t *testing.T) {
	w := newWorld(t, worldOptions{})
	for _, s := range []struct {
		domain, typ int
		own, other  netip.Addr // other is of the other family
	}{
		{syscall.AF_INET, syscall.SOCK_STREAM, addrA, addrA6},
		{syscall.AF_INET, syscall.SOCK_DGRAM, addrA, addrA6},
		{syscall.AF_INET6, syscall.SOCK_STREAM, addrA6, addrA},
		{syscall.AF_INET6, syscall.SOCK_DGRAM, addrA6, addrA},
	} {
		qd := w.socket(w.a, s.domain, s.typ)
		for _, c := range []struct {
			addr netip.AddrPort
			want error
		}{
			{netip.AddrPort{}, syscall.EINVAL},
			{netip.AddrPortFrom(netip.Addr{}, 7), syscall.EINVAL},
			{netip.AddrPortFrom(s.other, 7), syscall.EAFNOSUPPORT},
			{netip.AddrPortFrom(netip.AddrFrom16(addrA.As16()), 7), syscall.EAFNOSUPPORT},
		} {
			_, connect := w.a.rt.Connect(qd, c.addr)
			_, push := w.a.rt.PushTo(qd, libos.Bytes([]byte("x")), c.addr)
			for call, err := range map[string]error{"bind": w.a.rt.Bind(qd, c.addr), "connect": connect, "push": push} {
				if !errors.Is(err, c.want) {
					t.Errorf("domain %d, type %d, %v: %s: %v, want %v", s.domain, s.typ, c.addr, call, err, c.want)
				}
			}
		}
		w.must(w.a.rt.Bind(qd, netip.AddrPortFrom(s.own, 7)))
	}
}
