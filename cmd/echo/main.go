// Command echo is an echo service and its load generator, written once against package api: the same code runs over kernel
// sockets and over gVisor's netstack on AF_XDP rings.
//
//	echo server --listen 127.0.0.1:7000
//	echo client --connect 127.0.0.1:7000 --size 64 --conns 8 --duration 5s
//
// In short: one goroutine, one runtime, one WaitNext loop on each side.
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
	statusFailure     = 1
	statusInterrupted = 130 // as of a shell's command that SIGINT ended
)

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run runs one command line and returns its exit status. An error is printed here, once, on one line.
func run(args []string, stdout, stderr io.Writer) int {
	app := &cli.App{
		Name:            "echo",
		Usage:           "echo service and load generator over kernel sockets or AF_XDP",
		HideHelpCommand: true,
		Writer:          stdout,
		ErrWriter:       stderr,
		Commands: []*cli.Command{
			serverCommand(),
			clientCommand(),
			demoCommand(),
		},
		OnUsageError:   flags.OnUsageError,
		ExitErrHandler: func(*cli.Context, error) {}, // run prints
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return flags.Usagef("command %q is unknown; see echo --help", name)
			}
			return flags.Usagef("a command is missing; see echo --help")
		},
	}
	err := app.Run(args)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "echo: "+flags.OneLine(err))
	return status(err)
}

// status returns the exit status for an error.
func status(err error) int {
	var usage *flags.UsageError
	var interrupted *interruptedError
	switch {
	case errors.As(err, &usage):
		return flags.StatusUsage
	case errors.As(err, &interrupted):
		return statusInterrupted
	}
	return statusFailure
}

// An interruptedError is a command that a signal has ended before its work was done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }
