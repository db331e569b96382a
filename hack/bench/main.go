// Command bench measures this project and its peers, interleaved, in network namespaces of its own. hack/bench.sh builds
// and runs it.
//
//	bench run echo-latency bulk     the benchmark
//	bench profile                   the profile that cmd/echo is optimised by; hack/pgo.sh runs it
//	bench server, bench client      the ends that run starts; each is one process of one peer
//	bench hugepages                 keeps hugepages as long as run runs
//
// It is a module of its own, so that nobody who imports the library gets what only its peers need.
//
// In short: run starts servers and clients in turn, counts, and says what the ratios are.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// Exit statuses. A benchmark that was interrupted ends as a shell would have it.
const (
	statusFailure     = 1
	statusUsage       = 2
	statusInterrupted = 130
)

func main() { os.Exit(run(os.Args)) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	app := &cli.App{
		Name: "bench", Usage: "measure Catamaran and its peers", HideHelpCommand: true,
		Commands:       []*cli.Command{runCommand(), serverCommand(), clientCommand(), profileCommand(), hugepagesCommand()},
		ExitErrHandler: func(*cli.Context, error) {}, // printed below
		OnUsageError:   onUsageError,
		Action: func(c *cli.Context) error {
			return usagef("name a command: run, server, client or profile; see bench --help")
		},
	}
	err := app.RunContext(ctx, args)
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "bench: interrupted; everything is removed")
		return statusInterrupted
	}
	fmt.Fprintln(os.Stderr, "bench: "+strings.Join(strings.Fields(err.Error()), " "))
	var usage *usageError
	if errors.As(err, &usage) {
		return statusUsage
	}
	return statusFailure
}

// A usageError is a command line that cannot be run.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// onUsageError names the script that people run instead of the command.
func onUsageError(c *cli.Context, err error, _ bool) error {
	help := "bench --help"
	switch c.Command.Name {
	case "run":
		help = "hack/bench.sh --help"
	case "profile":
		help = "hack/pgo.sh --help"
	}
	return usagef("%v; see %s", err, help)
}
