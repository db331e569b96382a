package api_test

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/link/endpoint"
)

func TestValidate(t *testing.T) {
	a, b, err := api.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	addrs := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}
	good := []api.Config{
		{}, {LibOS: api.Kernel, Idle: api.Spin}, {LibOS: api.AFXDP, Device: "eth0", Addrs: addrs},
		{LibOS: api.Pipe, End: a, Addrs: addrs, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 9}},
	}
	for _, c := range good {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	bad := []api.Config{
		{LibOS: "dpdk"}, {LibOS: api.Kernel, Device: "eth0"}, {LibOS: api.AFXDP, Addrs: addrs}, {LibOS: api.AFXDP, Device: "eth0"},
		{LibOS: api.Pipe, Addrs: addrs}, {LibOS: api.Pipe, End: a}, {LibOS: api.Pipe, End: a, Addrs: addrs, Device: "eth0"},
		{LibOS: api.AFXDP, Device: "eth0", Addrs: addrs, End: a}, {LibOS: api.AFXDP, Device: "eth0", Addrs: addrs, Mode: "x"},
		{LibOS: api.AFXDP, Device: "eth0", Addrs: addrs, Queue: -1}, {Idle: 9}, {Spin: -1}, {Memory: 1}, {MTU: -1},
		{LibOS: api.AFXDP, Device: "eth0", Addrs: addrs, MAC: net.HardwareAddr{1, 0, 0, 0, 0, 0}},
		{LibOS: api.AFXDP, Device: "eth0", Addrs: addrs, MAC: net.HardwareAddr{}},
		{LibOS: api.Pipe, End: &api.PipeEnd{}, Addrs: addrs},
	}
	for _, c := range bad {
		if err := c.Validate(); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%+v: %v, want EINVAL", c, err)
		}
		if rt, err := api.Open(c); err == nil {
			t.Errorf("%+v: opened", c)
			rt.Close()
		}
	}
}

// Two runtimes over a pipe, on one goroutine: the same calls as over kernel sockets.
func TestPipe(t *testing.T) {
	endA, endB, err := api.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	open := func(end *api.PipeEnd, addr string) *api.Runtime {
		rt, err := api.Open(api.Config{LibOS: api.Pipe, End: end, Addrs: []netip.Prefix{netip.MustParsePrefix(addr)}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := rt.Close(); err != nil {
				t.Error(err)
			}
		})
		return rt
	}
	a, b := open(endA, "10.0.0.1/24"), open(endB, "10.0.0.2/24")
	if i := a.Info(); i.LibOS != api.Pipe || i.Mode != "memory" || i.MTU != 1500 {
		t.Errorf("info %+v", i)
	}
	// await waits at one runtime while the other is served.
	await := func(rt *api.Runtime, qt api.QToken, err error) api.QResult {
		t.Helper()
		for range 10_000_000 {
			if err != nil {
				t.Fatal(err)
			}
			res, werr := rt.Wait(qt, 0)
			if werr == nil {
				if res.Err != nil {
					t.Fatal(res.Err)
				}
				return res
			}
			a.Poll()
			b.Poll()
		}
		t.Fatal("operation did not complete")
		panic("unreachable")
	}
	addr := netip.MustParseAddrPort("10.0.0.2:7")
	sb, err := b.Socket(api.AF_INET, api.SOCK_DGRAM)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Bind(sb, addr); err != nil {
		t.Fatal(err)
	}
	sa, err := a.Socket(api.AF_INET, api.SOCK_DGRAM)
	if err != nil {
		t.Fatal(err)
	}
	qt, err := a.PushTo(sa, api.Bytes([]byte("ping")), addr)
	await(a, qt, err)
	qt, err = b.Pop(sb)
	res := await(b, qt, err)
	if string(res.SGA.Flat()) != "ping" || res.Addr.Addr() != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("popped %q from %v", res.SGA.Flat(), res.Addr)
	}
	if err := b.Free(res.SGA); err != nil {
		t.Error(err)
	}
	if s := b.Stats(); s.Netstack == nil || s.Netstack.Link.RxFrames == 0 || s.Netstack.Endpoint.RxBursts == (endpoint.Bursts{}) ||
		s.Kernel != nil {
		t.Errorf("stats %+v", s)
	}
}

// An end belongs to one runtime, once.
func TestPipeEndTaken(t *testing.T) {
	config := func(end *api.PipeEnd) api.Config {
		return api.Config{LibOS: api.Pipe, End: end, Addrs: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}}
	}
	a, b, err := api.NewPipe()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := api.Open(config(a))
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string, end *api.PipeEnd) {
		t.Helper()
		again, err := api.Open(config(end))
		if !errors.Is(err, syscall.EBUSY) {
			t.Errorf("open on an end that %s: %v, want EBUSY", what, err)
		}
		if err == nil {
			_ = again.Close()
		}
	}
	refused("another runtime has", a)
	if err := rt.Close(); err != nil {
		t.Fatal(err)
	}
	refused("another runtime had", a)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	refused("is closed", b)
}

func FuzzValidate(f *testing.F) {
	f.Add("afxdp", "eth0", "10.0.0.1/24", "auto", 0, 1500, 1<<20)
	f.Fuzz(func(t *testing.T, libos, dev, addr, mode string, queue, mtu, memory int) {
		c := api.Config{LibOS: libos, Device: dev, Mode: mode, Queue: queue, MTU: mtu, Memory: memory}
		if p, err := netip.ParsePrefix(addr); err == nil {
			c.Addrs = []netip.Prefix{p}
		}
		if err := c.Validate(); err != nil && !errors.Is(err, syscall.EINVAL) {
			t.Fatal(err)
		}
	})
}
