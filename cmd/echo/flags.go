package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
)

// env names the environment variable of a flag.
func env(flag string) []string {
	return []string{"CATAMARAN_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))}
}

func stringFlag(name, value, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Value: value, Usage: usage, EnvVars: env(name)}
}

func sliceFlag(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, EnvVars: env(name)}
}

func intFlag(name string, value int, usage string) cli.Flag {
	return &cli.IntFlag{Name: name, Value: value, Usage: usage, EnvVars: env(name)}
}

// durationFlag has the zero value stand for what text says, if that is not empty.
func durationFlag(name string, value time.Duration, text, usage string) cli.Flag {
	return &cli.DurationFlag{Name: name, Value: value, DefaultText: text, Usage: usage, EnvVars: env(name)}
}

// sharedFlags are those of server and client.
func sharedFlags() []cli.Flag {
	return []cli.Flag{
		stringFlag("libos", api.Kernel, "`LIBOS`: kernel or afxdp"),
		stringFlag("proto", "tcp", "`PROTO`: tcp or udp"),
		stringFlag("dev", "", "afxdp: network interface `IFACE`"),
		sliceFlag("ip", "afxdp: own address `PREFIX`, such as 10.0.0.2/24; repeatable"),
		sliceFlag("gateway", "afxdp: default gateway `ADDR`; repeatable, one a family"),
		stringFlag("mac", "", "afxdp: own Ethernet address `MAC` (default: the interface's)"),
		intFlag("queue", 0, "afxdp: queue `N` of the interface"),
		stringFlag("mode", "auto", "afxdp: `MODE` auto, zerocopy, copy or generic"),
		stringFlag("tcp", "auto", "afxdp: TCP is processed `HOW`: inline, stock (gVisor's goroutines) or auto"),
		stringFlag("idle", "adaptive", "`POLICY` while nothing moves: spin, adaptive or block"),
		stringFlag("cpuprofile", "", "write a CPU profile to `FILE`, for go tool pprof"),
		stringFlag("pcap", "", "afxdp: write every frame to `FILE`"),
	}
}

// shared is what sharedFlags say.
type shared struct {
	config     api.Config
	proto      string // tcp, udp
	cpuProfile string
	pcap       string
}

var deviceFlags = []string{"dev", "ip", "gateway", "mac", "queue", "mode", "tcp", "pcap"}

func parseShared(c *cli.Context) (shared, error) {
	s := shared{proto: c.String("proto"), cpuProfile: c.String("cpuprofile"), pcap: c.String("pcap")}
	if c.NArg() > 0 {
		return s, usagef("argument %q is not expected; see echo %s --help", c.Args().First(), c.Command.Name)
	}
	if s.proto != "tcp" && s.proto != "udp" {
		return s, usagef("--proto %q is unknown; use tcp or udp", s.proto)
	}
	idle, err := api.ParseIdle(c.String("idle"))
	if err != nil {
		return s, usagef("--idle: %v", err)
	}
	s.config = api.Config{LibOS: c.String("libos"), Idle: idle}
	switch s.config.LibOS {
	case api.Kernel:
		for _, name := range deviceFlags {
			if c.IsSet(name) {
				return s, usagef("--%s needs --libos afxdp; add that, or leave out --%s and %s", name, name, env(name)[0])
			}
		}
	case api.AFXDP:
		if err := parseDevice(c, &s.config); err != nil {
			return s, err
		}
	default:
		return s, usagef("--libos %q is unknown; use kernel or afxdp", s.config.LibOS)
	}
	if err := s.config.Validate(); err != nil {
		return s, usagef("%v", err)
	}
	return s, nil
}

func parseDevice(c *cli.Context, cfg *api.Config) error {
	cfg.Device, cfg.Queue, cfg.Mode, cfg.TCP = c.String("dev"), c.Int("queue"), c.String("mode"), c.String("tcp")
	if cfg.Device == "" {
		return usagef("--libos afxdp needs --dev; name the network interface")
	}
	for _, text := range c.StringSlice("ip") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return usagef("--ip %q is not an address with a prefix length; write it as 10.0.0.2/24", text)
		}
		if a := p.Addr(); a.IsUnspecified() || a.IsMulticast() || a.IsLoopback() || a.Is4In6() {
			return usagef("--ip %v cannot be an address of an interface; give it one of its own, such as 10.0.0.2/24", p)
		}
		if slices.ContainsFunc(cfg.Addrs, func(q netip.Prefix) bool { return q.Addr() == p.Addr() }) {
			return usagef("--ip has %v twice; leave one out", p.Addr())
		}
		cfg.Addrs = append(cfg.Addrs, p)
	}
	if len(cfg.Addrs) == 0 {
		return usagef("--libos afxdp needs --ip; give it an address of its own, such as 10.0.0.2/24")
	}
	for _, text := range c.StringSlice("gateway") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" || a.Is4In6() {
			return usagef("--gateway %q is not the address of a router; write it as 10.0.0.1", text)
		}
		onLink := func(p netip.Prefix) bool { return p.Contains(a) }
		if !slices.ContainsFunc(cfg.Addrs, onLink) && !(a.Is6() && a.IsLinkLocalUnicast()) {
			return usagef("--gateway %v is outside the prefixes of --ip; use one that is on the link", a)
		}
		if slices.ContainsFunc(cfg.Gateways, func(b netip.Addr) bool { return b.Is4() == a.Is4() }) {
			return usagef("--gateway %v is the second of its family; leave one out", a)
		}
		cfg.Gateways = append(cfg.Gateways, a)
	}
	if text := c.String("mac"); text != "" {
		mac, err := net.ParseMAC(text)
		if err != nil || len(mac) != 6 || mac[0]&1 != 0 || [6]byte(mac) == [6]byte{} {
			return usagef("--mac %q is not a unicast Ethernet address; write it as 02:00:00:00:00:01", text)
		}
		cfg.MAC = mac
	}
	if cfg.Queue < 0 {
		return usagef("--queue %d is negative; queues count from 0", cfg.Queue)
	}
	switch cfg.Mode {
	case "auto", "zerocopy", "copy", "generic":
	default:
		return usagef("--mode %q is unknown; use auto, zerocopy, copy or generic", cfg.Mode)
	}
	switch cfg.TCP {
	case "auto", "inline", "stock":
		return nil
	}
	return usagef("--tcp %q is unknown; use auto, inline or stock", cfg.TCP)
}

// parseAddrPort parses the value of --listen or --connect.
func parseAddrPort(flag, text string) (netip.AddrPort, error) {
	if text == "" {
		return netip.AddrPort{}, usagef("--%s is missing; write --%s 127.0.0.1:7000", flag, flag)
	}
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return a, usagef("--%s %q is not ADDR:PORT; write it as 127.0.0.1:7000 or [::1]:7000", flag, text)
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
}

// open opens the runtime. The function that it returns closes the runtime, which flushes the capture, and then its file, and
// writes the profile.
func (s *shared) open() (*api.Runtime, func() error, error) {
	stopProfile, err := startProfile(s.cpuProfile)
	if err != nil {
		return nil, nil, err
	}
	rt, closeRuntime, err := s.openRuntime()
	if err != nil {
		return nil, nil, errors.Join(err, stopProfile())
	}
	return rt, func() error { return errors.Join(closeRuntime(), stopProfile()) }, nil
}

func (s *shared) openRuntime() (*api.Runtime, func() error, error) {
	var file *os.File
	if s.pcap != "" {
		f, err := os.Create(s.pcap)
		if err != nil {
			return nil, nil, fmt.Errorf("%w; name a --pcap file that can be written", err)
		}
		file, s.config.Capture = f, f
	}
	rt, err := api.Open(s.config)
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return nil, nil, err
	}
	if rt.Info().TCP == "stock" && os.Getenv("GOMAXPROCS") == "" {
		// gVisor's goroutines then process TCP segments. On a single processor they run next, on the poller's, when it
		// yields; with more, each wake-up is a futex call and a migration to another core.
		runtime.GOMAXPROCS(1)
	}
	return rt, func() error {
		err := rt.Close()
		if file != nil {
			err = errors.Join(err, file.Close())
		}
		return err
	}, nil
}

// socket makes a socket for addr.
func (s *shared) socket(rt *api.Runtime, addr netip.Addr) (api.QD, error) {
	domain, typ := api.AF_INET, api.SOCK_STREAM
	if addr.Is6() {
		domain = api.AF_INET6
	}
	if s.proto == "udp" {
		typ = api.SOCK_DGRAM
	}
	return rt.Socket(domain, typ)
}

// remedy adds to an error what can be done about it.
func remedy(err error) error {
	for _, r := range []struct {
		errno syscall.Errno
		text  string
	}{
		{syscall.EADDRINUSE, "choose another port or stop its owner"},
		{syscall.EADDRNOTAVAIL, "use an address of this host, or with --libos afxdp one of --ip"},
		{syscall.EACCES, "ports under 1024 need CAP_NET_BIND_SERVICE"},
		{syscall.ECONNREFUSED, "start the server there or correct --connect"},
		{syscall.ETIMEDOUT, "check that the server is up and reachable"},
		{syscall.EHOSTUNREACH, "check the address, the cable and --gateway"},
		{syscall.ENETUNREACH, "add a route or --gateway"},
		{syscall.ENODEV, "after the % of an address name an interface that exists (ip link)"},
		{syscall.ECONNRESET, "see why the server ended the connection"},
		{syscall.EMFILE, "raise the limit of open files (ulimit -n)"},
	} {
		if errors.Is(err, r.errno) {
			return fmt.Errorf("%w; %s", err, r.text)
		}
	}
	return err
}
