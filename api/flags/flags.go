// Package flags is the command line of a runtime, for programs with urfave/cli v2: the same flags, checks and messages as
// the commands of this module have.
//
//	app := &cli.App{
//		Name:         "service",
//		Flags:        append(flags.Runtime(), flags.String("listen", "127.0.0.1:7000", "local `ADDR:PORT`")),
//		OnUsageError: flags.OnUsageError,
//		Action: func(c *cli.Context) error {
//			opts, err := flags.Parse(c)                    // what is wrong is a *UsageError
//			addr, err := flags.AddrPort(c, "listen", 7000)
//			rt, closeAll, err := opts.Open()
//			...
//		},
//	}
//
// Every flag that is made here is read from the environment too: --libos from CATAMARAN_LIBOS, --dump-file from
// CATAMARAN_DUMP_FILE. The command line comes first.
//
// Each message says what is wrong and what to do about it, on one line. Package api does not import this package: a service
// with a command line of its own fills an api.Config itself.
//
// In short: Runtime declares, Parse checks, Open opens.
package flags

import (
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
)

// Env returns the environment variables of a flag, for cli's EnvVars: CATAMARAN_ and the name in upper case.
func Env(name string) []string {
	return []string{"CATAMARAN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))}
}

// String returns a flag with a text, which its variable of the environment sets too. So do the flags of the other types.
func String(name, value, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Value: value, Usage: usage, EnvVars: Env(name)}
}

// Strings returns a flag that may be repeated.
func Strings(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, EnvVars: Env(name)}
}

// Int returns a flag with a whole number.
func Int(name string, value int, usage string) cli.Flag {
	return &cli.IntFlag{Name: name, Value: value, Usage: usage, EnvVars: Env(name)}
}

// size returns a flag with a whole number, for which 0 stands for a default that the help tells by text.
func size(name, text, usage string) cli.Flag {
	return &cli.IntFlag{Name: name, DefaultText: text, Usage: usage, EnvVars: Env(name)}
}

// Duration returns a flag with a time such as 10s. The help shows text for the default, unless it is empty.
func Duration(name string, value time.Duration, text, usage string) cli.Flag {
	return &cli.DurationFlag{Name: name, Value: value, DefaultText: text, Usage: usage, EnvVars: Env(name)}
}

// Runtime returns the flags of a runtime, which Parse reads.
func Runtime() []cli.Flag {
	return []cli.Flag{
		String("libos", api.Kernel, "`LIBOS`: kernel, afxdp or dpdk"),
		String("dev", "", "afxdp: network interface `IFACE`"),
		String("eal", "", "dpdk: `ARGS` for DPDK's environment, with spaces between them, such as \"--in-memory -a 0000:01:00.0\""),
		String("port", "", "dpdk: `PORT` by number, name or PCI address (default: the only one)"),
		Strings("ip", "afxdp, dpdk: own address `PREFIX`, such as 10.0.0.2/24; repeatable"),
		Strings("gateway", "afxdp, dpdk: default gateway `ADDR`; repeatable, one a family"),
		String("mac", "", "afxdp, dpdk: own Ethernet address `MAC` (default: the device's)"),
		size("mtu", "the device's", "afxdp, dpdk: largest IP packet in `BYTES`"),
		Int("queue", 0, "afxdp, dpdk: queue `N` of the device"),
		size("queues", "1", "dpdk: `N` queues for the port"),
		size("descriptors", "1024", "dpdk: `N` descriptors in each ring"),
		size("frames", "8192", "dpdk: `N` mbufs for each queue"),
		String("mode", "auto", "afxdp: `MODE` auto, zerocopy, copy or generic"),
		String("tcp", "auto", "afxdp, dpdk: TCP is processed `HOW`: inline, stock (gVisor's goroutines) or auto"),
		String("idle", "adaptive", "`POLICY` while nothing moves: spin, adaptive or block"),
		String("cpuprofile", "", "write a CPU profile to `FILE`, for go tool pprof"),
		String("pcap", "", "afxdp, dpdk: write every frame to `FILE`"),
	}
}
