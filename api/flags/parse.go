package flags

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
)

// needs are the flags that mean something to some libOSes only, with these.
var needs = []struct {
	flags   []string
	libOSes string
}{
	{[]string{"ip", "gateway", "mac", "mtu", "queue", "tcp", "pcap"}, "afxdp or dpdk"},
	{[]string{"dev", "mode"}, "afxdp"},
	{[]string{"eal", "port", "queues", "descriptors", "frames"}, "dpdk"},
}

// misplaced returns an error if a flag is set that is for other libOSes.
func misplaced(c *cli.Context, libOS string) error {
	for _, n := range needs {
		if strings.Contains(n.libOSes, libOS) {
			continue
		}
		for _, name := range n.flags {
			if c.IsSet(name) {
				return Usagef("--%s needs --libos %s; add that, or leave out --%s and %s", name, n.libOSes, name, Env(name)[0])
			}
		}
	}
	return nil
}

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
	case api.Kernel, api.AFXDP, api.DPDK:
	default:
		return o, Usagef("--libos %q is unknown; use kernel, afxdp or dpdk", o.Config.LibOS)
	}
	if err := misplaced(c, o.Config.LibOS); err != nil {
		return o, err
	}
	if err := parseDevice(c, &o.Config); err != nil {
		return o, err
	}
	if err := o.Config.Validate(); err != nil {
		return o, Usagef("%v", err)
	}
	return o, nil
}

func parseDevice(c *cli.Context, cfg *api.Config) error {
	switch cfg.LibOS {
	case api.AFXDP:
		if cfg.Device, cfg.Mode = c.String("dev"), c.String("mode"); cfg.Device == "" {
			return Usagef("--libos afxdp needs --dev; name the network interface")
		}
		switch cfg.Mode {
		case "auto", "zerocopy", "copy", "generic":
		default:
			return Usagef("--mode %q is unknown; use auto, zerocopy, copy or generic", cfg.Mode)
		}
	case api.DPDK:
		cfg.EAL, cfg.Port = strings.Fields(c.String("eal")), c.String("port")
		for name, v := range map[string]*int{"queues": &cfg.Queues, "descriptors": &cfg.Descriptors, "frames": &cfg.Frames} {
			if *v = c.Int(name); *v < 0 {
				return Usagef("--%s %d is negative; leave it out for the default", name, *v)
			}
		}
	default:
		return nil
	}
	return parseStack(c, cfg)
}

// parseStack reads what every netstack takes.
func parseStack(c *cli.Context, cfg *api.Config) error {
	cfg.Queue, cfg.TCP, cfg.MTU = c.Int("queue"), c.String("tcp"), c.Int("mtu")
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
		return Usagef("--libos %s needs --ip; give it an address of its own, such as 10.0.0.2/24", cfg.LibOS)
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
	if cfg.MTU < 0 {
		return Usagef("--mtu %d is negative; leave it out for the device's own", cfg.MTU)
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
