// Command redis-suite judges runs of Redis's own test suite by lists of test names. hack/redis-suite.sh runs it.
//
//	redis-suite skipfile SKIP UNIT...               skip.txt in the form that the suite takes
//	redis-suite compare [FLAG...] UNITS LOG...      the verdict on the suite's outputs
//
//	passing.txt    what passes, pinned          ─┐
//	reference.txt  what redis-server passes      ├─> compare ──> what failed, what is new, "N passed, N failed"
//	skip.txt       what is left out, and why    ─┤
//	LOG...         what the suite said          ─┘
//
// A failure is: a pinned test that does not pass; any test or block that the suite reports as failed; a test that redis-server
// passes and that neither passes nor is left out; a line of skip.txt that leaves nothing out; whatever went wrong with a run as
// a whole ("[trouble]: ..." in its log). Names may stand for several tests, so lists are multisets.
//
// In short: what passed once must pass again, and nothing is missing without a reason.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

var errFailed = errors.New("tests failed")

func main() {
	err := run(os.Args[1:], os.Stdout)
	if err == nil {
		return
	}
	if !errors.Is(err, errFailed) {
		fmt.Fprintln(os.Stderr, "redis-suite:", err)
	}
	os.Exit(1)
}

func run(args []string, w io.Writer) error {
	switch {
	case len(args) > 2 && args[0] == "skipfile":
		rules, err := readSkips(args[1])
		if err != nil {
			return err
		}
		return writeSkipfile(w, rules, args[2:])
	case len(args) > 0 && args[0] == "compare":
		return runCompare(args[1:], w)
	}
	return errors.New("usage: redis-suite skipfile SKIP UNIT [UNIT...] | redis-suite compare [FLAG...] UNITS LOG [LOG...]")
}

func runCompare(args []string, w io.Writer) (err error) {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	passing := flags.String("passing", "", "`FILE` of the tests that must pass")
	reference := flags.String("reference", "", "`FILE` of the tests that must pass or be left out")
	skip := flags.String("skip", "", "`FILE` of what is left out")
	update := flags.Bool("update", false, "write what passes to the file of -passing")
	list := flags.Bool("list", false, "print what passes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() < 2 {
		return errors.New("compare needs the units and at least one log")
	}
	units := strings.Fields(flags.Arg(0))
	var want expected
	if want.passing, err = readNames(*passing, *update); err != nil {
		return err
	}
	if *reference != "" {
		if want.reference, err = readNames(*reference, false); err != nil {
			return err
		}
	}
	if *skip != "" {
		if want.skips, err = readSkips(*skip); err != nil {
			return err
		}
	}
	got := newResult()
	for _, name := range flags.Args()[1:] {
		log, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := got.read(bytes.NewReader(log)); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	if *list {
		if err := writeNames(w, got.ok); err != nil {
			return err
		}
	}
	if *update {
		if len(got.troubles) > 0 || len(got.done) < len(units) {
			fmt.Fprintf(w, "%s is left as it is: the run did not come to its end\n", *passing)
		} else {
			printChange(w, "no longer pinned", want.passing.of(units).minus(got.ok))
			printChange(w, "pinned from now on", got.ok.minus(want.passing.of(units)))
			want.passing = want.passing.without(units).plus(got.ok)
			if err := updateNames(*passing, want.passing); err != nil {
				return err
			}
		}
	}
	verdict := compare(got, want, units)
	verdict.print(w, got, units)
	if len(verdict.failures) > 0 || got.ok.count() == 0 {
		return errFailed
	}
	return nil
}

func printChange(w io.Writer, what string, n names) {
	for _, t := range n.sorted() {
		fmt.Fprintf(w, "%s: %s: %s\n", what, t.unit, t.name)
	}
}
