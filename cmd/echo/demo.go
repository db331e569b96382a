package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api/flags"
)

const (
	demoRounds = 3  // each configuration runs once a round, so that a slow spell of the machine meets all of them
	demoSize   = 64 // bytes of a request
	demoPort   = 7007
)

// demoCommand returns the command that shows the main job without set-up.
func demoCommand() *cli.Command {
	return &cli.Command{
		Name:         "demo",
		OnUsageError: flags.OnUsageError,
		Usage:        "compare kernel sockets with the library OS, without set-up",
		Description: "As root: kernel sockets and AF_XDP over a veth between two network namespaces of its own, which end with the\n" +
			"command. Otherwise: kernel loopback and netstack over a link in memory.",
		Flags: []cli.Flag{
			&cli.DurationFlag{Name: "duration", Value: 2 * time.Second, Usage: "length of each run"},
		},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return flags.Usagef("demo: argument %q is unknown; it takes none", c.Args().First())
			}
			duration := c.Duration("duration")
			if duration <= 0 || duration > time.Hour {
				return flags.Usagef("demo: --duration is %v; use more than 0s and at most 1h", duration)
			}
			ctx, stop := signal.NotifyContext(c.Context, syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			err := runDemo(ctx, c.App.Writer, os.Stderr, duration)
			if ctx.Err() != nil && !errors.Is(err, errNotRemoved) {
				return &interruptedError{"demo: interrupted; everything is removed"}
			}
			if err != nil {
				return fmt.Errorf("demo: %w", err)
			}
			return nil
		},
	}
}

// runDemo runs over a veth if it may make one, and in memory otherwise.
func runDemo(ctx context.Context, out, progress io.Writer, duration time.Duration) error {
	lab, err := openLab(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return demoMemory(ctx, out, progress, duration, err)
	}
	return errors.Join(demoVeth(ctx, out, progress, duration, lab), lab.Close())
}

// demoReport prints what was measured and returns an error if an answer was missing or wrong.
func demoReport(out io.Writer, rows []*demoRow, duration time.Duration, setting string) error {
	p := &printer{w: out}
	p.printf("TCP echo of %d bytes, one request at a time, %d interleaved rounds of %v each, idle policy adaptive.\n",
		demoSize, demoRounds, duration)
	p.printf("%s\n\n", setting)
	printTable(p, rows)
	p.printf("\n")
	printBars(p, rows)
	p.printf("\nNote: whole round trips are compared; client and server share the %d cores of this machine, so look at ratios, not "+
		"at absolute numbers.\n", runtime.NumCPU())
	if p.err != nil {
		return fmt.Errorf("print the results: %w", p.err)
	}
	var bad []error
	for _, r := range rows {
		if m := r.merged(); m.Errors != 0 || m.Mismatches != 0 {
			bad = append(bad, fmt.Errorf("%s: %d errors, %d mismatches", r.name(), m.Errors, m.Mismatches))
		} else if m.Requests == 0 {
			bad = append(bad, fmt.Errorf("%s: no request was answered", r.name()))
		}
	}
	return errors.Join(bad...)
}
