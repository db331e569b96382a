// Command kvserver is a server for the clients of Redis, written once against package api: the same code serves over kernel
// sockets and over gVisor's netstack on AF_XDP rings.
//
//	kvserver --listen 127.0.0.1:6379
//
// Package engine is the server without its sockets; this one reads and writes for it. In short: one goroutine, one runtime,
// one WaitNext loop, one push for all replies that a round has for a client.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api/flags"
)

// Exit statuses.
const (
	statusFailure = 1
	statusUsage   = flags.StatusUsage
)

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run runs one command line and returns its exit status. An error is printed here, once, on one line.
func run(args []string, stdout, stderr io.Writer) int {
	app := &cli.App{
		Name:            "kvserver",
		Usage:           "server for the clients of Redis over kernel sockets or AF_XDP",
		HideHelpCommand: true,
		Writer:          stdout,
		ErrWriter:       stderr,
		Flags:           serverFlags(),
		OnUsageError:    flags.OnUsageError,
		ExitErrHandler:  func(*cli.Context, error) {}, // run prints
		Action:          serve,
	}
	err := app.Run(args)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "kvserver: "+flags.OneLine(err))
	var usage *flags.UsageError
	if errors.As(err, &usage) {
		return statusUsage
	}
	return statusFailure
}
