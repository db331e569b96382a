package flags

import (
	"net"
	"net/netip"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
)

// device are the flags that mean nothing to kernel sockets.
var device = []string{"dev", "ip", "gateway", "mac", "queue", "mode", "tcp", "pcap"}

// Parse reads the flags of Runtime and checks them as far as that can be done without the device. It takes no arguments
// beside flags. Every error is a *UsageError.
func Parse(c *cli.Context) (Options, error) {
	o := Options{CPUProfile: c.String("cpuprofile"), Capture: c.String("pcap")}
	if c.NArg() > 0 {
		return o, Usagef("argument %q is not expected; see %s --help", c.Args().First(), commandName(c))
	}
	idle, err := api.ParseIdle(c.String("idle"))
	if err != nil {
		return o, Usagef("--idle: %v", err)
	}
	o.Config = api.Config{LibOS: c.String("libos"), Idle: idle}
	switch o.Config.LibOS {
	case api.Kernel:
		for _, name := range device {
			if c.IsSet(name) {
				return o, Usagef("--%s needs --libos afxdp; add that, or leave out --%s and %s", name, name, Env(name)[0])
			}
		}
	case api.AFXDP:
		if err := parseDevice(c, &o.Config); err != nil {
			return o, err
		}
	default:
		return o, Usagef("--libos %q is unknown; use kernel or afxdp", o.Config.LibOS)
	}
	if err := o.Config.Validate(); err != nil {
		return o, Usagef("%v", err)
	}
	return o, nil
}

func parseDevice(c *cli.Context, cfg *api.Config) error {
	cfg.Device, cfg.Queue, cfg.Mode, cfg.TCP = c.String("dev"), c.Int("queue"), c.String("mode"), c.String("tcp")
	if cfg.Device == "" {
		return Usagef("--libos afxdp needs --dev; name the network interface")
	}
	for _, text := range c.StringSlice("ip") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return Usagef("--ip %q is not an address with a prefix length; write it as 10.0.0.2/24", text)
		}
		if a := p.Addr(); a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.Is4In6() {
			return Usagef("--ip %v cannot be an address of an interface; give it one of its own, such as 10.0.0.2/24", p)
		}
		if slices.ContainsFunc(cfg.Addrs, func(q netip.Prefix) bool { return q.Addr() == p.Addr() }) {
			return Usagef("--ip has %v twice; leave one out", p.Addr())
		}
		cfg.Addrs = append(cfg.Addrs, p)
	}
	if len(cfg.Addrs) == 0 {
		return Usagef("--libos afxdp needs --ip; give it an address of its own, such as 10.0.0.2/24")
	}
	for _, text := range c.StringSlice("gateway") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" || a.Is4In6() {
			return Usagef("--gateway %q is not the address of a router; write it as 10.0.0.1", text)
		}
		onLink := func(p netip.Prefix) bool { return p.Contains(a) }
		if !slices.ContainsFunc(cfg.Addrs, onLink) && !(a.Is6() && a.IsLinkLocalUnicast()) {
			return Usagef("--gateway %v is outside the prefixes of --ip; use one that is on the link", a)
		}
		if slices.ContainsFunc(cfg.Gateways, func(b netip.Addr) bool { return b.Is4() == a.Is4() }) {
			return Usagef("--gateway %v is the second of its family; leave one out", a)
		}
		cfg.Gateways = append(cfg.Gateways, a)
	}
	if text := c.String("mac"); text != "" {
		mac, err := net.ParseMAC(text)
		if err != nil || len(mac) != 6 || mac[0]&1 != 0 || [6]byte(mac) == [6]byte{} {
			return Usagef("--mac %q is not a unicast Ethernet address; write it as 02:00:00:00:00:01", text)
		}
		cfg.MAC = mac
	}
	if cfg.Queue < 0 {
		return Usagef("--queue %d is negative; queues count from 0", cfg.Queue)
	}
	switch cfg.Mode {
	case "auto", "zerocopy", "copy", "generic":
	default:
		return Usagef("--mode %q is unknown; use auto, zerocopy, copy or generic", cfg.Mode)
	}
	switch cfg.TCP {
	case "auto", "inline", "stock":
		return nil
	}
	return Usagef("--tcp %q is unknown; use auto, inline or stock", cfg.TCP)
}

// AddrPort parses the value of a flag such as --listen: an IP address, not the name of a host, and a port. Its messages have
// the port sample for an example. The error is a *UsageError.
func AddrPort(c *cli.Context, name string, sample uint16) (netip.AddrPort, error) {
	text := c.String(name)
	if text == "" {
		return netip.AddrPort{}, Usagef("--%s is missing; write --%s 127.0.0.1:%d", name, name, sample)
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}, Usagef("--%s %q is not ADDR:PORT; write it as 127.0.0.1:%d or [::1]:%d", name, text, sample, sample)
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
}
