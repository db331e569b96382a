package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// hugepagesCommand is the keeper of the hugepages of a run.
func hugepagesCommand() *cli.Command {
	return &cli.Command{
		Name: "hugepages", Usage: "reserve hugepages, and give them back at the end of standard input", ArgsUsage: "BYTES",
		OnUsageError: onUsageError,
		Action: func(c *cli.Context) error {
			bytes, err := strconv.Atoi(c.Args().First())
			if err != nil || bytes < 1 || c.NArg() != 1 {
				return usagef("%q is not a number of bytes", c.Args().Slice())
			}
			// Whatever ends the benchmark must not end its keeper.
			signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			return lab.KeepHugepages(os.Stdin, os.Stdout, bytes)
		},
	}
}

// memoryForDPDK reserves hugepages, or goes without and says so. They are held for the whole run, as memory gets fragmented, and
// each turn adds what others took meanwhile.
func memoryForDPDK(r *suite.Runner, o *suite.Options, cases []*suite.Case) (release func() error) {
	reserve := func() (func() error, error) {
		pages, err := lab.Reserve([]string{o.Self, "hugepages"}, suite.EALBytes)
		if err != nil {
			return nil, err
		}
		return pages.Close, nil
	}
	release, err := reserve()
	r.EAL = suite.EAL(err == nil)
	note := "Memory of DPDK and of Catamaran is in hugepages"
	if err == nil {
		r.Hugepages = reserve
	} else {
		release = func() error { return nil }
		fmt.Fprintf(os.Stderr, "dpdk: %v: it runs with --no-huge\n", err)
		note = fmt.Sprintf("DPDK has no hugepages (--no-huge): %v", err)
	}
	for _, c := range cases {
		if c.Suite == suite.DPDKSuite {
			c.Notes = append(c.Notes, note)
		}
	}
	return release
}
