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
	"strings"

	"github.com/urfave/cli/v2"
)

// Exit statuses.
const (
	statusFailure     = 1
	statusUsage       = 2
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
		OnUsageError:   onUsageError,
		ExitErrHandler: func(*cli.Context, error) {}, // run prints
		Action: func(c *cli.Context) error {
			if name := c.Args().First(); name != "" {
				return usagef("command %q is unknown; see echo --help", name)
			}
			return usagef("a command is missing; see echo --help")
		},
	}
	err := app.Run(args)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "echo: "+oneLine(err))
	return status(err)
}

// status returns the exit status for an error.
func status(err error) int {
	var usage *usageError
	var interrupted *interruptedError
	switch {
	case errors.As(err, &usage):
		return statusUsage
	case errors.As(err, &interrupted):
		return statusInterrupted
	}
	return statusFailure
}

// A usageError is a command line that cannot be run: exit status 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func onUsageError(c *cli.Context, err error, _ bool) error {
	name := "echo"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "echo" {
		name = "echo " + c.Command.Name
	}
	return usagef("%v; see %s --help", err, name)
}

// An interruptedError is a command that a signal has ended before its work was done.
type interruptedError struct{ text string }

func (e *interruptedError) Error() string { return e.text }

// oneLine joins the lines of an error text.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
