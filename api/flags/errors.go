package flags

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

// StatusUsage is the exit status of a command line that cannot be run, as of a shell's built-in commands.
const StatusUsage = 2

// A UsageError is a command line that cannot be run. It is a cli.ExitCoder.
type UsageError struct{ text string }

// Usagef returns a *UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

func (e *UsageError) Error() string { return e.text }

// ExitCode returns StatusUsage.
func (e *UsageError) ExitCode() int { return StatusUsage }

// OnUsageError turns what cli finds wrong with a command line, such as an unknown flag, into a *UsageError that names the
// help of the command. It is for the field OnUsageError of an app and each of its commands.
func OnUsageError(c *cli.Context, err error, _ bool) error {
	return Usagef("%v; see %s --help", err, commandName(c))
}

// commandName is what the user types to name the command of c.
func commandName(c *cli.Context) string {
	if c.Command == nil || c.Command.Name == "" || c.Command.Name == c.App.Name {
		return c.App.Name
	}
	return c.App.Name + " " + c.Command.Name
}

// OneLine returns the text of an error with its lines, as of errors.Join, put on one.
func OneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

var remedies = []struct {
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
}

// Remedy adds to the error of a bind, listen, connect or accept what its user can do about it, where that is known. The
// error stays wrapped.
func Remedy(err error) error {
	for _, r := range remedies {
		if errors.Is(err, r.errno) {
			return fmt.Errorf("%w; %s", err, r.text)
		}
	}
	return err
}
