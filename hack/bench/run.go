package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/report"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// Bounds of --keys: fewer take less memory than what a process has besides.
const minKeys, maxKeys = 10000, 100000000

func runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "run suites: " + strings.Join(suite.Names(), ", "), ArgsUsage: "[SUITE...]", OnUsageError: onUsageError,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "echo", Value: "echo", Usage: "`PATH` of cmd/echo, built"},
			&cli.StringFlag{Name: "kvserver", Value: "kvserver", Usage: "`PATH` of cmd/kvserver, built"},
			&cli.StringFlag{Name: "kv-idle", DefaultText: "adaptive, spin over AF_XDP", Usage: "kv: idle `POLICY` of kvserver"},
			&cli.IntFlag{Name: "keys", Value: 1000000, Usage: "kv: `N` keys in the cases that have many"},
			&cli.IntFlag{Name: "rounds", Value: 5, Usage: "`N` turns of each peer that count"},
			&cli.DurationFlag{Name: "duration", Value: 2 * time.Second, Usage: "of a turn"},
			&cli.Float64Flag{Name: "other", Value: 5, Usage: "throw away turns in which others used more than `PERCENT` of the processors"},
			&cli.DurationFlag{Name: "limit", Value: time.Hour, Usage: "of the whole run; what is measured by then is reported"},
			&cli.StringSliceFlag{Name: "peer", Usage: "only peers with `WORD` in their name, and ours; repeatable"},
			&cli.StringFlag{Name: "json", Usage: "write every turn to `FILE`"},
			&cli.StringFlag{Name: "svg", Usage: "write a plot of each case to `DIR`"},
			&cli.StringFlag{Name: "dpdk", DefaultText: "without the suite dpdk", Usage: "`DIR` with bench, echo and pingpong, built with DPDK"},
			&cli.BoolFlag{Name: "list", Usage: "print the suites that would be run, and end"},
			&cli.StringFlag{Name: "update", Usage: "write the page of results to `FILE`, and its plots beside it"},
		},
		Action: func(c *cli.Context) error {
			if c.Bool("list") {
				return list(c)
			}
			return benchmark(c)
		},
	}
}

func list(c *cli.Context) error {
	names, err := suite.Wanted(c.Args().Slice())
	if err != nil {
		return usagef("%v", err)
	}
	fmt.Println(strings.Join(names, "\n"))
	return nil
}

func benchmark(c *cli.Context) (err error) {
	rounds, limit := c.Int("rounds"), c.Float64("other")/100
	switch {
	case rounds < 1 || rounds > 1000:
		return usagef("--rounds %d is out of range; use 1 to 1000", rounds)
	case limit < 0 || limit > 1:
		return usagef("--other %v is out of range; use 0 to 100", c.Float64("other"))
	}
	r, o, err := prepare(c)
	if err != nil {
		return err
	}
	r.Rounds, r.Limit = rounds, limit
	cases, err := suite.Cases(o, c.Args().Slice())
	switch {
	case errors.Is(err, suite.ErrNoDPDK):
		return err
	case err != nil:
		return usagef("%v", err)
	case c.NArg() == 0 && o.DPDK == "":
		fmt.Fprintln(os.Stderr, "dpdk: left out:", suite.ErrNoDPDK)
	}
	if err := needed(cases, o); err != nil {
		return err
	}
	if suite.RunsDPDK(cases) {
		release := memoryForDPDK(r, o, cases)
		defer func() { err = errors.Join(err, release()) }()
	}
	machine, err := report.ThisMachine()
	if err != nil {
		return err
	}
	found := &report.Run{Machine: machine, Started: time.Now(), Rounds: r.Rounds, Duration: o.Duration, Limit: r.Limit}
	ctx, cancel := context.WithTimeoutCause(c.Context, c.Duration("limit"), errLimit)
	defer cancel()
	for _, k := range cases {
		k.Only(c.StringSlice("peer"))
		found.Cases = append(found.Cases, k)
		if err = r.Run(ctx, k, o); err != nil {
			break
		}
	}
	if c.Context.Err() != nil {
		return c.Context.Err()
	}
	if context.Cause(ctx) == errLimit {
		found.Cases[len(found.Cases)-1].Notes = append(found.Cases[len(found.Cases)-1].Notes, "The time limit ended the run here")
		err = errLimit
	}
	return errors.Join(err, write(c, found), failures(found))
}

// needed is whether the suite kv, if it shall run, has its server.
func needed(cases []*suite.Case, o *suite.Options) error {
	for _, k := range cases {
		if k.Suite != suite.KVSuite {
			continue
		}
		if _, err := exec.LookPath(o.KVServer); err != nil {
			return fmt.Errorf("find cmd/kvserver: %w; build it and give --kvserver PATH, or use hack/bench.sh", err)
		}
	}
	return nil
}

// version is the first line that a tool prints at --version.
func version(path string) string {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return fmt.Sprintf("%s does not tell its version: %v", path, err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

var errLimit = errors.New("the run reached its --limit before its end: give it more, or name fewer suites")

// prepare checks the command line and the machine before anything is made.
func prepare(c *cli.Context) (*suite.Runner, *suite.Options, error) {
	r := &suite.Runner{Progress: os.Stderr}
	o := &suite.Options{Echo: c.String("echo"), Duration: c.Duration("duration"), Find: exec.LookPath, Version: version,
		KVServer: c.String("kvserver"), KVIdle: c.String("kv-idle"), DPDK: c.String("dpdk"),
		Keys: c.Int("keys")}
	if o.Keys < minKeys || o.Keys > maxKeys {
		return nil, nil, usagef("--keys %d is out of range; use %d to %d", o.Keys, minKeys, maxKeys)
	}
	if o.KVIdle != "" {
		if _, err := api.ParseIdle(o.KVIdle); err != nil {
			return nil, nil, usagef("--kv-idle: %v", err)
		}
	}
	if o.Duration < 100*time.Millisecond || o.Duration > time.Minute {
		return nil, nil, usagef("--duration %v is out of range; use 100ms to 1m", o.Duration)
	}
	var err error
	if o.Self, err = os.Executable(); err != nil {
		return nil, nil, err
	}
	if o.Echo, err = exec.LookPath(o.Echo); err != nil {
		return nil, nil, fmt.Errorf("find cmd/echo: %w; build it and give --echo PATH, or use hack/bench.sh", err)
	}
	if r.CPUs, err = processors(); err != nil {
		return nil, nil, err
	}
	o.Places = []suite.Place{suite.Apart, suite.OneCore}
	if len(r.CPUs) < 2 {
		return nil, nil, errors.New("one processor is not enough: server and client need one each; run on two or more")
	}
	if r.Monitor, err = lab.NewMonitor(kernelConfig()); err != nil {
		return nil, nil, err
	}
	if err = allowFiles(suite.Files); err != nil {
		return nil, nil, err
	}
	return r, o, privileged(c.Context)
}

// allowFiles lets this process and those that it starts open at least n files each.
func allowFiles(n uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if limit.Cur >= n && limit.Max >= n {
		return nil
	}
	limit.Cur, limit.Max = max(limit.Cur, n), max(limit.Max, n)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files to %d: %w; run the benchmark as root, or raise it (ulimit -n)", n, err)
	}
	return nil
}

// privileged makes a lab, which needs all that the benchmark needs.
func privileged(ctx context.Context) error {
	l, err := lab.Open(ctx, 0)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("%w; the benchmark makes network namespaces and XDP programs: run it as root", err)
	}
	if err != nil {
		return err
	}
	return l.Close()
}

// processors lists the processors that this process may use.
func processors() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("read the processors: %w", err)
	}
	var all []int
	for i := range len(set) * 64 {
		if set.IsSet(i) {
			all = append(all, i)
		}
	}
	return all, nil
}

// kernelConfig returns the kernel's configuration, if the machine tells it.
func kernelConfig() string {
	if out, err := exec.Command("zcat", "/proc/config.gz").Output(); err == nil {
		return string(out)
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return ""
	}
	text, err := os.ReadFile("/boot/config-" + unix.ByteSliceToString(uts.Release[:]))
	if err != nil {
		return ""
	}
	return string(text)
}

func write(c *cli.Context, found *report.Run) error {
	if err := found.Markdown(os.Stdout); err != nil {
		return err
	}
	if path := c.String("json"); path != "" {
		if err := writeFile(path, found.JSON); err != nil {
			return err
		}
	}
	if dir := c.String("svg"); dir != "" {
		if _, err := found.Plots(dir); err != nil {
			return err
		}
	}
	if path := c.String("update"); path != "" {
		return found.Page(path)
	}
	return nil
}

// writeFile replaces a file once all of its content is there.
func writeFile(path string, content func(io.Writer) error) error {
	var b bytes.Buffer
	if err := content(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// failures is an error if turns gave no result: the tables say which.
func failures(found *report.Run) error {
	n := 0
	for _, c := range found.Cases {
		for _, e := range c.Entrants {
			n += len(e.Failed)
		}
	}
	if n > 0 {
		return fmt.Errorf("%d turns failed; the tables say why", n)
	}
	return nil
}
