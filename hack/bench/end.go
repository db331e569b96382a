package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/peer"
)

func endFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "peer", Usage: "`PEER`: go-net, kernel-spin, gvisor, ours, raw-ring, go-channel or go-channel-buffered"},
		&cli.StringFlag{Name: "load", Value: load.Echo, Usage: "`LOAD`: echo, connect, crowd, messages, bulk, kv, kv-fill or kv-check"},
		&cli.StringFlag{Name: "addr", Usage: "the server's `ADDR:PORT`"},
		&cli.StringFlag{Name: "dev", Usage: "network interface `IFACE` of a stack in user space"},
		&cli.StringFlag{Name: "ip", Usage: "`PREFIX` of this end"},
		&cli.StringFlag{Name: "libos", Value: "kernel", Usage: "ours: `LIBOS` kernel, afxdp or dpdk; raw-ring: dpdk, or else afxdp"},
		&cli.StringFlag{Name: "eal", Usage: "dpdk: `ARGS` for its environment, with spaces between them"},
		&cli.StringFlag{Name: "tcp", Value: "inline", Usage: "ours: TCP `HOW`, inline or stock"},
		&cli.StringFlag{Name: "idle", Value: "spin", Usage: "ours: idle `POLICY`"},
	}
}

func parseEnd(c *cli.Context) (peer.Config, error) {
	cfg := peer.Config{Kind: c.String("load"), Device: c.String("dev"), LibOS: c.String("libos"), EAL: strings.Fields(c.String("eal")),
		TCP: c.String("tcp"), Idle: c.String("idle")}
	var err error
	if cfg.Addr, err = netip.ParseAddrPort(c.String("addr")); err != nil || !cfg.Addr.Addr().Is4() {
		return cfg, usagef("--addr %q is not an IPv4 address and a port; write it as 10.99.0.2:7000", c.String("addr"))
	}
	if cfg.IP, err = netip.ParsePrefix(c.String("ip")); err != nil || !cfg.IP.Addr().Is4() {
		return cfg, usagef("--ip %q is not an IPv4 address with a prefix length; write it as 10.99.0.1/24", c.String("ip"))
	}
	return cfg, nil
}

func serverCommand() *cli.Command {
	return &cli.Command{
		Name: "server", Usage: "run the server of a peer until SIGTERM", Flags: endFlags(), OnUsageError: onUsageError,
		Action: func(c *cli.Context) error {
			cfg, err := parseEnd(c)
			if err != nil {
				return err
			}
			defer heapReports()()
			return peer.Serve(c.Context, c.String("peer"), cfg, func() error {
				_, err := fmt.Printf("listening %v\n", cfg.Addr)
				return err
			})
		},
	}
}

func clientCommand() *cli.Command {
	return &cli.Command{
		Name: "client", Usage: "run the client of a peer and print its result as JSON", OnUsageError: onUsageError,
		Flags: append(endFlags(),
			&cli.IntFlag{Name: "conns", Value: 1, Usage: "`N` connections"},
			&cli.IntFlag{Name: "active", Usage: "crowd: `N` connections go on"},
			&cli.IntFlag{Name: "size", Value: 64, Usage: "`BYTES` of a request; kv: of a value"},
			&cli.IntFlag{Name: "keys", Usage: "kv: `N` keys"},
			&cli.Float64Flag{Name: "sets", Usage: "kv: `SHARE` of the requests that are SET, from 0 to 1"},
			&cli.Float64Flag{Name: "rate", DefaultText: "closed loop", Usage: "open loop: `R` requests/s in all"},
			&cli.DurationFlag{Name: "duration", Value: 2 * time.Second, Usage: "end after this time"},
		),
		Action: func(c *cli.Context) error {
			cfg, err := parseEnd(c)
			if err != nil {
				return err
			}
			res, err := peer.Drive(c.Context, c.String("peer"), cfg, load.Params{Kind: cfg.Kind, Addr: cfg.Addr,
				Conns: c.Int("conns"), Size: c.Int("size"), Duration: c.Duration("duration"), Rate: c.Float64("rate"), Active: c.Int("active"),
				Keys: c.Int("keys"), Sets: c.Float64("sets"), Report: printResult})
			if err != nil || cfg.Kind == load.Crowd {
				return err
			}
			return printResult(res)
		},
	}
}

func printResult(res load.Result) error { return json.NewEncoder(os.Stdout).Encode(res) }

// heapReports prints a line about the Go heap to standard error at each SIGUSR1, as echo server does.
func heapReports() (stop func()) {
	ch := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(ch, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-ch:
				_ = load.PrintHeap(os.Stderr) // who asks for it notices that it is missing
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}
