package flags_test

import (
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
)

// parse runs an app without commands, or its command serve, and returns what its flags say.
func parse(t *testing.T, args string) (o flags.Options, listen netip.AddrPort, err error) {
	t.Helper()
	all := append(flags.Runtime(), flags.String("listen", "127.0.0.1:7000", "local `ADDR:PORT`"),
		flags.Duration("dump-every", time.Minute, "", "time between dumps"))
	action := func(c *cli.Context) (err error) {
		if o, err = flags.Parse(c); err == nil {
			listen, err = flags.AddrPort(c, "listen", 6379)
		}
		return err
	}
	app := &cli.App{
		Name: "service", Flags: all, Action: action, OnUsageError: flags.OnUsageError, HideHelpCommand: true,
		Commands:  []*cli.Command{{Name: "serve", Flags: all, Action: action, OnUsageError: flags.OnUsageError}},
		Writer:    io.Discard,
		ErrWriter: io.Discard, ExitErrHandler: func(*cli.Context, error) {},
	}
	err = app.Run(append([]string{"/usr/bin/other"}, strings.Fields(args)...))
	return o, listen, err
}

// TestMessages: each is a UsageError, on one line, with what to do.
func TestMessages(t *testing.T) {
	const afxdp = "--libos afxdp --dev eth0 --ip 10.0.0.2/24 "
	for _, tc := range []struct{ args, env, want string }{
		{"more", "", `argument "more" is not expected; see service --help`},
		{"serve more", "", `argument "more" is not expected; see service serve --help`},
		{"--bogus", "", `flag provided but not defined: -bogus; see service --help`},
		{"serve --bogus", "", `flag provided but not defined: -bogus; see service serve --help`},
		{"--idle nap", "", `--idle: idle policy nap is unknown; use spin, adaptive or block`},
		{"--libos rdma", "", `--libos "rdma" is unknown; use kernel, afxdp or dpdk`},
		{"", "CATAMARAN_LIBOS=rdma", `--libos "rdma" is unknown; use kernel, afxdp or dpdk`},
		{"", "CATAMARAN_DUMP_EVERY=now", `could not parse "now" as duration value from environment variable "CATAMARAN_DUMP_EVERY" for flag dump-every: time: invalid duration "now"; see service --help`},
		{"--dev eth0", "", `--dev needs --libos afxdp; add that, or leave out --dev and CATAMARAN_DEV`},
		{"", "CATAMARAN_MAC=x", `--mac needs --libos afxdp or dpdk; add that, or leave out --mac and CATAMARAN_MAC`},
		{"--pcap f", "", `--pcap needs --libos afxdp or dpdk; add that, or leave out --pcap and CATAMARAN_PCAP`},
		{"--eal --no-huge", "", `--eal needs --libos dpdk; add that, or leave out --eal and CATAMARAN_EAL`},
		{"--libos dpdk --dev eth0", "", `--dev needs --libos afxdp; add that, or leave out --dev and CATAMARAN_DEV`},
		{afxdp + "--port 0", "", `--port needs --libos dpdk; add that, or leave out --port and CATAMARAN_PORT`},
		{"--libos dpdk", "", `--libos dpdk needs --ip; give it an address of its own, such as 10.0.0.2/24`},
		{"--libos dpdk --ip 10.0.0.2/24 --frames -1", "", `--frames -1 is negative; leave it out for the default`},
		{afxdp + "--mtu -1", "", `--mtu -1 is negative; leave it out for the device's own`},
		{"--libos afxdp", "", `--libos afxdp needs --dev; name the network interface`},
		{"--libos afxdp --dev eth0", "", `--libos afxdp needs --ip; give it an address of its own, such as 10.0.0.2/24`},
		{"--libos afxdp --dev eth0 --ip 10.0.0.2", "", `--ip "10.0.0.2" is not an address with a prefix length; write it as 10.0.0.2/24`},
		{"--libos afxdp --dev eth0 --ip 127.0.0.1/8", "", `--ip 127.0.0.1/8 cannot be an address of an interface; give it one of its own, such as 10.0.0.2/24`},
		{afxdp + "--ip 10.0.0.2/16", "", `--ip has 10.0.0.2 twice; leave one out`},
		{afxdp + "--gateway x", "", `--gateway "x" is not the address of a router; write it as 10.0.0.1`},
		{afxdp + "--gateway 10.1.0.1", "", `--gateway 10.1.0.1 is outside the prefixes of --ip; use one that is on the link`},
		{afxdp + "--gateway 10.0.0.1 --gateway 10.0.0.3", "", `--gateway 10.0.0.3 is the second of its family; leave one out`},
		{afxdp + "--mac 01:00:00:00:00:01", "", `--mac "01:00:00:00:00:01" is not a unicast Ethernet address; write it as 02:00:00:00:00:01`},
		{afxdp + "--queue -1", "", `--queue -1 is negative; queues count from 0`},
		{afxdp + "--mode fast", "", `--mode "fast" is unknown; use auto, zerocopy, copy or generic`},
		{afxdp + "--tcp fast", "", `--tcp "fast" is unknown; use auto, inline or stock`},
		{"--listen=", "", `--listen is missing; write --listen 127.0.0.1:6379`},
		{"--listen localhost:1", "", `--listen "localhost:1" is not ADDR:PORT; write it as 127.0.0.1:6379 or [::1]:6379`},
		{"--listen 127.0.0.1:65536", "", `--listen "127.0.0.1:65536" is not ADDR:PORT; write it as 127.0.0.1:6379 or [::1]:6379`},
	} {
		t.Run(tc.args+" "+tc.env, func(t *testing.T) {
			if name, value, ok := strings.Cut(tc.env, "="); ok {
				t.Setenv(name, value)
			}
			_, _, err := parse(t, tc.args)
			var usage *flags.UsageError
			if !errors.As(err, &usage) {
				t.Fatalf("%T %v is no usage error, want %s", err, err, tc.want)
			}
			if got := usage.Error(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if code := usage.ExitCode(); code != flags.StatusUsage {
				t.Errorf("exit status %d, want %d", code, flags.StatusUsage)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	prefix, addr := netip.MustParsePrefix, netip.MustParseAddr
	for _, tc := range []struct {
		args, env string
		want      flags.Options
		listen    string
	}{
		{"", "", flags.Options{Config: api.Config{LibOS: api.Kernel}}, "127.0.0.1:7000"},
		{"", "CATAMARAN_LISTEN=[::1]:1", flags.Options{Config: api.Config{LibOS: api.Kernel}}, "[::1]:1"},
		{"--listen [::ffff:10.0.0.1]:2", "CATAMARAN_LISTEN=[::1]:1", flags.Options{Config: api.Config{LibOS: api.Kernel}}, "10.0.0.1:2"},
		{"serve --idle spin --cpuprofile p", "", flags.Options{Config: api.Config{LibOS: api.Kernel, Idle: api.Spin}, CPUProfile: "p"}, "127.0.0.1:7000"},
		{"--idle block", "CATAMARAN_CPUPROFILE=q", flags.Options{Config: api.Config{LibOS: api.Kernel, Idle: api.Block}, CPUProfile: "q"}, "127.0.0.1:7000"},
		{"--libos afxdp --dev eth0 --ip 10.0.0.2/24 --ip fd00::2/64 --gateway 10.0.0.1 --gateway fe80::1 --mac 02:00:00:00:00:07 --queue 3 --mode copy --tcp inline --pcap f", "",
			flags.Options{Capture: "f", Config: api.Config{
				LibOS: api.AFXDP, Device: "eth0", Addrs: []netip.Prefix{prefix("10.0.0.2/24"), prefix("fd00::2/64")},
				Gateways: []netip.Addr{addr("10.0.0.1"), addr("fe80::1")}, MAC: []byte{2, 0, 0, 0, 0, 7}, Queue: 3, Mode: "copy", TCP: "inline"}},
			"127.0.0.1:7000"},
		{"--libos dpdk --port net_memif0 --ip 10.0.0.2/24 --queue 1 --queues 2 --descriptors 512 --frames 4096 --mtu 9000", "CATAMARAN_EAL=--in-memory  -m 64",
			flags.Options{Config: api.Config{LibOS: api.DPDK, EAL: []string{"--in-memory", "-m", "64"}, Port: "net_memif0", Queue: 1, Queues: 2,
				Descriptors: 512, Frames: 4096, MTU: 9000, Addrs: []netip.Prefix{prefix("10.0.0.2/24")}, TCP: "auto"}},
			"127.0.0.1:7000"},
		{"--libos afxdp --dev eth0", "CATAMARAN_IP=10.0.0.2/24,10.0.0.3/24", flags.Options{Config: api.Config{
			LibOS: api.AFXDP, Device: "eth0", Addrs: []netip.Prefix{prefix("10.0.0.2/24"), prefix("10.0.0.3/24")}, Mode: "auto", TCP: "auto"}},
			"127.0.0.1:7000"},
	} {
		t.Run(tc.args+" "+tc.env, func(t *testing.T) {
			if name, value, ok := strings.Cut(tc.env, "="); ok {
				t.Setenv(name, value)
			}
			got, listen, err := parse(t, tc.args)
			if err != nil || !reflect.DeepEqual(got, tc.want) || listen.String() != tc.listen {
				t.Errorf("got  %+v %v %v\nwant %+v %s", got, listen, err, tc.want, tc.listen)
			}
		})
	}
}
