package netstack

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/endpoint"
)

// Route sends packets for a destination through a gateway on the link.
type Route struct {
	Destination netip.Prefix
	Gateway     netip.Addr
}

// Config says what an Engine runs on. Queue, Info, Addrs and Memory are required; the zero value of each other field
// stands for its default.
type Config struct {
	Queue link.Queue // used by the engine alone
	Info  link.Info
	// Device, if set, is closed by Close, after the last frame has been given back. It is not closed when Open fails.
	Device io.Closer

	Addrs    []netip.Prefix   // own addresses, each with the length of its on-link prefix
	Gateways []netip.Addr     // default gateways, at most one a family
	Routes   []Route          // further routes; the longest prefix wins
	MAC      net.HardwareAddr // own Ethernet address. Default Info.MAC
	MTU      int              // largest IP packet in bytes. Default and most: Info.MTU; at least 1280 with IPv6

	Memory libos.Memory // the runtime's, for what is popped
	// Completed, if set, tells how many results the service has not taken yet (libos.Runtime.Completed). While there are
	// any, acknowledgments wait a little for the replies that may carry them.
	Completed func() int
	// Now is the clock. Default the system's monotonic clock. A virtual clock must not go back.
	Now func() time.Time
	// Random is where the stack takes ports, sequence numbers and secrets from. Default crypto/rand.Reader. What can be
	// guessed lets strangers into connections: only a simulation sets it. Goroutines of the stack may read it at once.
	Random io.Reader

	// SendBuffer and ReceiveBuffer are what each connection begins with, in bytes. The stack raises them to
	// MaxSendBuffer and MaxReceiveBuffer where the connection is fast and long enough. Defaults 256 KiB, 1 MiB, 4 MiB
	// and 6 MiB; at least 4096.
	SendBuffer, MaxSendBuffer       int
	ReceiveBuffer, MaxReceiveBuffer int

	// MinRTO is the least retransmission timeout. Default 50 ms: Linux delays an ACK by 40 ms (TCP_DELACK_MIN,
	// include/net/tcp.h), and a shorter timeout would send the last segment of each request twice.
	MinRTO time.Duration
	// TCP says who processes segments. Default TCPAuto.
	TCP TCP
	// MaxHeld bounds what is held while the device pushes back, in frames. Default endpoint.DefaultMaxHeld.
	MaxHeld int
	// Burst bounds the frames that one round receives. Default 128.
	Burst int
}

// TCP is a way to process TCP segments.
type TCP int

const (
	TCPAuto   TCP = iota // inline if this gVisor can be (inline.Check), otherwise stock
	TCPInline            // on the goroutine that polls; Open fails if that cannot be
	TCPStock             // on gVisor's own goroutines
)

const minBuffer = 4096

func (c *Config) setDefaults() {
	for _, f := range []struct {
		v   *int
		def int
	}{
		{&c.MTU, c.Info.MTU},
		{&c.SendBuffer, 256 << 10},
		{&c.ReceiveBuffer, 1 << 20},
		{&c.MaxSendBuffer, max(4<<20, c.SendBuffer)},
		{&c.MaxReceiveBuffer, max(6<<20, c.ReceiveBuffer)},
		{&c.MaxHeld, endpoint.DefaultMaxHeld},
		{&c.Burst, 128},
	} {
		if *f.v == 0 {
			*f.v = f.def
		}
	}
	if c.MinRTO == 0 {
		c.MinRTO = 50 * time.Millisecond
	}
}

// check returns an error that names the field that is wrong.
func (c *Config) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("open netstack: %s: %w", fmt.Sprintf(format, args...), syscall.EINVAL)
	}
	switch {
	case c.Queue == nil:
		return bad("no queue")
	case c.Memory == nil:
		return bad("no memory")
	case len(c.Addrs) == 0:
		return bad("no address")
	case c.TCP < TCPAuto || c.TCP > TCPStock:
		return bad("TCP is %d", c.TCP)
	case c.Burst < 1:
		return bad("Burst is %d", c.Burst)
	case c.MinRTO < time.Millisecond || c.MinRTO > time.Minute:
		return bad("MinRTO is %v", c.MinRTO)
	case c.SendBuffer < minBuffer || c.MaxSendBuffer < c.SendBuffer:
		return bad("send buffer is %d, at most %d", c.SendBuffer, c.MaxSendBuffer)
	case c.ReceiveBuffer < minBuffer || c.MaxReceiveBuffer < c.ReceiveBuffer:
		return bad("receive buffer is %d, at most %d", c.ReceiveBuffer, c.MaxReceiveBuffer)
	}
	seen := make(map[netip.Addr]bool)
	for _, p := range c.Addrs {
		a := p.Addr()
		switch {
		case !p.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.Is4In6() || a.Zone() != "":
			return bad("%v is not an address for an interface", p)
		case a.Is6() && c.MTU < 1280: // RFC 8200 section 5
			return bad("MTU %d is too small for IPv6", c.MTU)
		case seen[a]:
			return bad("%v stands twice", a)
		}
		seen[a] = true
	}
	defaults := make(map[*family]bool)
	for _, g := range c.Gateways {
		if err := c.checkGateway(g); err != nil {
			return bad("gateway: %v", err)
		}
		if defaults[familyOf(g)] {
			return bad("two default gateways: %v", c.Gateways)
		}
		defaults[familyOf(g)] = true
	}
	for _, r := range c.Routes {
		if !r.Destination.IsValid() || r.Destination.Addr().Is4() != r.Gateway.Is4() {
			return bad("route to %v through %v", r.Destination, r.Gateway)
		}
		if err := c.checkGateway(r.Gateway); err != nil {
			return bad("route to %v: %v", r.Destination, err)
		}
	}
	return nil
}

func (c *Config) checkGateway(g netip.Addr) error {
	if !g.IsValid() || g.Is4In6() || g.IsUnspecified() || g.IsMulticast() {
		return fmt.Errorf("%v is not the address of a gateway", g)
	}
	if g.Is6() && g.IsLinkLocalUnicast() {
		return nil
	}
	for _, p := range c.Addrs {
		if p.Contains(g) {
			return nil
		}
	}
	return fmt.Errorf("%v is not on the link", g)
}
