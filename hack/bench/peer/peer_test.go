package peer

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// freeAddr returns an address that nobody listens on.
func freeAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String())
}

// Every peer on kernel sockets serves and drives the loads that it has, each also against another's end.
func TestKernelPeers(t *testing.T) {
	for _, tt := range []struct {
		server, client, kind string
		conns                int
		rate                 float64
	}{
		{"go-net", "go-net", load.Echo, 1, 0}, {"go-net", "go-net", load.Echo, 8, 0}, {"go-net", "go-net", load.Echo, 4, 2000},
		{"go-net", "go-net", load.Connect, 4, 0}, {"go-net", "go-net", load.Bulk, 1, 0},
		{"kernel-spin", "go-net", load.Echo, 1, 0}, {"kernel-spin", "go-net", load.Echo, 8, 0}, {"kernel-spin", "go-net", load.Connect, 2, 0},
		{"go-net", "kernel-spin", load.Echo, 1, 0}, {"go-net", "kernel-spin", load.Echo, 8, 0}, {"go-net", "kernel-spin", load.Connect, 1, 0},
		{"go-net", "kernel-spin", load.Echo, 1, 2000}, {"go-net", "kernel-spin", load.Echo, 4, 2000},
		{"ours", "go-net", load.Bulk, 1, 0}, {"go-net", "ours", load.Bulk, 1, 0}, {"go-net", "ours", load.Connect, 4, 0},
	} {
		t.Run(tt.server+" "+tt.client+" "+tt.kind, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			c := Config{Addr: freeAddr(t), Kind: tt.kind, LibOS: "kernel", Idle: "adaptive"}
			serving, stop := context.WithCancel(ctx)
			ready, ended := make(chan struct{}), make(chan error, 1)
			go func() { ended <- Serve(serving, tt.server, c, func() error { close(ready); return nil }) }()
			select {
			case <-ready:
			case err := <-ended:
				t.Fatal("server: ", err)
			}
			res, err := Drive(ctx, tt.client, c, load.Params{Kind: tt.kind, Addr: c.Addr, Conns: tt.conns, Size: 64,
				Duration: 100 * time.Millisecond, Rate: tt.rate})
			if err != nil || res.Requests == 0 || res.Errors+res.Mismatches > 0 {
				t.Errorf("client: %+v, %v", res, err)
			}
			if tt.rate > 0 && res.Requests != uint64(tt.rate/10) {
				t.Errorf("%d requests at %v/s in 100 ms", res.Requests, tt.rate)
			}
			if tt.kind == load.Connect && res.Mallocs < res.Requests {
				t.Errorf("%d allocations counted of %d connections", res.Mallocs, res.Requests)
			}
			if tt.kind == load.Bulk && res.Bits == 0 {
				t.Error("nothing was received")
			}
			stop()
			if err := <-ended; err != nil {
				t.Error("server: ", err)
			}
		})
	}
}

// A crowd is all there when it is reported, stays until the context is done, and closes then.
func TestCrowd(t *testing.T) {
	const conns, active = 3 * load.Opening, 5
	for _, tt := range []struct{ server, client string }{{"go-net", "go-net"}, {"go-net", "ours"}, {"kernel-spin", "go-net"}} {
		t.Run(tt.server+" "+tt.client, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			c := Config{Addr: freeAddr(t), Kind: load.Crowd, LibOS: "kernel", Idle: "adaptive"}
			serving, stop := context.WithCancel(ctx)
			ready, served := make(chan struct{}), make(chan error, 1)
			go func() { served <- Serve(serving, tt.server, c, func() error { close(ready); return nil }) }()
			<-ready
			driving, leave := context.WithCancel(ctx)
			reports := 0
			_, err := Drive(driving, tt.client, c, load.Params{Kind: c.Kind, Addr: c.Addr, Conns: conns, Active: active, Size: 64,
				Duration: 50 * time.Millisecond, Report: func(res load.Result) error {
					if reports++; res.Requests < active || res.Errors+res.Mismatches > 0 || res.P50 <= 0 {
						t.Errorf("got %+v", res)
					}
					if n := connected(t, c.Addr); n != conns {
						t.Errorf("%d connections are open, want %d", n, conns)
					}
					leave()
					return nil
				}})
			if err != nil || reports != 1 {
				t.Errorf("client: %d reports, %v", reports, err)
			}
			stop()
			if err := <-served; err != nil {
				t.Error("server: ", err)
			}
		})
	}
}

// A queue within a process moves messages and allocates nothing for them.
func TestMessages(t *testing.T) {
	for _, name := range []string{"ours", "go-channel", "go-channel-buffered"} {
		c := Config{Kind: load.Messages, LibOS: "kernel", Idle: "adaptive"}
		p := load.Params{Kind: c.Kind, Addr: freeAddr(t), Conns: 1, Size: 64, Duration: 20 * time.Millisecond}
		res, err := Drive(context.Background(), name, c, p)
		if err != nil || res.Requests < batch || res.Rate <= 0 || res.Mismatches > 0 || res.Mallocs > res.Requests/10 {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
		p.Size = 65
		if res, err := Drive(context.Background(), name, c, p); err == nil {
			t.Errorf("%s moves messages of a size that it does not have: %+v", name, res)
		}
		if name == "ours" {
			continue
		}
		if err := Serve(context.Background(), name, c, nil); err == nil {
			t.Errorf("%s has a server", name)
		}
		c.Kind, p.Size = load.Echo, 64
		if res, err := Drive(context.Background(), name, c, p); err == nil {
			t.Errorf("%s has the load echo: %+v", name, res)
		}
	}
}

// connected counts the connections to addr in /proc/net/tcp (proc(5)), where the server's end has it as local address.
func connected(t *testing.T, addr netip.AddrPort) (n int) {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	a := addr.Addr().As4()
	local := fmt.Sprintf("%02X%02X%02X%02X:%04X", a[3], a[2], a[1], a[0], addr.Port())
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 3 && f[1] == local && f[3] == "01" { // TCP_ESTABLISHED
			n++
		}
	}
	return n
}

func TestUnknown(t *testing.T) {
	if err := Serve(context.Background(), "go-nte", Config{}, nil); err == nil {
		t.Error("a server that does not exist runs")
	}
	if _, err := Drive(context.Background(), "go-nte", Config{}, load.Params{}); err == nil {
		t.Error("a client that does not exist runs")
	}
	p := load.Params{Kind: load.Messages, Addr: freeAddr(t), Conns: 1, Size: 64, Duration: time.Millisecond}
	for _, name := range []string{"go-net", "kernel-spin"} {
		if res, err := Drive(context.Background(), name, Config{Kind: p.Kind}, p); err == nil {
			t.Errorf("%s moves messages: %+v", name, res)
		}
	}
	if err := Serve(context.Background(), "kernel-spin", Config{Kind: load.Bulk}, nil); err == nil {
		t.Error("a server without the load runs")
	}
}

func TestNobodyThere(t *testing.T) {
	for _, name := range []string{"go-net", "kernel-spin", "ours"} {
		c := Config{Addr: freeAddr(t), Kind: load.Connect, LibOS: "kernel", Idle: "adaptive"}
		res, err := Drive(context.Background(), name, c, load.Params{Kind: c.Kind, Addr: c.Addr, Conns: 1, Size: 64, Duration: 50 * time.Millisecond})
		if err == nil {
			t.Errorf("%s: %+v without a server", name, res)
		}
	}
}

func TestFrame(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	b := frame(mac, netip.MustParseAddrPort("10.99.0.11:7000"), netip.MustParseAddrPort("10.99.0.12:7000"), 64)
	if !isUDP(b) {
		t.Error("a frame of ours is not one")
	}
	sum := uint32(0)
	for i := ipAt; i < udpAt; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	if sum = sum>>16 + sum&0xffff; sum != 0xffff { // RFC 791 section 3.1, RFC 1071
		t.Errorf("the sum of the header is %#x", sum)
	}
	for name, bad := range map[string][]byte{"empty": nil, "cut": b[:payloadAt], "ARP": append([]byte(nil), b...), "TCP": append([]byte(nil), b...)} {
		switch name {
		case "ARP":
			bad[13] = 6
		case "TCP":
			bad[ipAt+9] = 6
		}
		if isUDP(bad) {
			t.Errorf("%s is a frame of ours", name)
		}
	}
}
