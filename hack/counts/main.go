// Command counts turns the records of a test run into one verdict.
//
// hack/test.sh writes one line per step (name, kind, exit status, seconds, file) and, for each step of kind "test", the
// stream of go test -json. A step of kind "suite" prints "N passed, N failed" itself. A check is one thing that passes or fails; a test step is as many as it has leaf tests, and a
// package that ends badly without a failed test (it did not compile, it panicked, it was killed) is one failure more.
// A test step that ran nothing is a failure too: a run that tests nothing must not look like one that passes.
//
// In short: counts prints what was skipped and what failed, then "N passed, N failed, N skipped".
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: counts STEPS")
		os.Exit(2)
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "counts:", err)
		os.Exit(1)
	}
	ok, err := report(f, os.Stdout, os.Getenv("CATAMARAN_REQUIRE") == "all", os.ReadFile)
	if err != nil {
		fmt.Fprintln(os.Stderr, "counts:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// report reads the lines of steps and writes the verdict to w. It is true when something passed, nothing failed and, if
// noSkip, nothing was skipped.
func report(steps io.Reader, w io.Writer, noSkip bool, read func(string) ([]byte, error)) (bool, error) {
	var all tally
	scan := bufio.NewScanner(steps)
	for scan.Scan() {
		field := strings.Split(scan.Text(), "\t")
		if len(field) != 5 {
			return false, fmt.Errorf("read step %q: want 5 fields", scan.Text())
		}
		name, kind, file := field[0], field[1], field[4]
		status, err := strconv.Atoi(field[2])
		if err != nil {
			return false, fmt.Errorf("read status of step %s: %w", name, err)
		}
		out, err := read(file)
		if err != nil {
			return false, fmt.Errorf("read step %s: %w", name, err)
		}
		var one tally
		if kind == "test" {
			one = tests(name, out, status)
		} else if kind == "suite" {
			one = suite(name, string(out), status)
		} else if status == 0 {
			one.passed = 1
		} else {
			one.fail(name, fmt.Sprintf("exit status %d\n%s", status, out))
		}
		fmt.Fprintf(w, "%-12s %5ss  %d passed, %d failed, %d skipped\n", name, field[3], one.passed, len(one.failed), len(one.skipped))
		all.add(one)
	}
	if err := scan.Err(); err != nil {
		return false, fmt.Errorf("read steps: %w", err)
	}
	for _, s := range all.skipped {
		fmt.Fprintf(w, "\nSKIP %s\n%s", s.name, indent(s.output))
	}
	for _, s := range all.failed {
		fmt.Fprintf(w, "\nFAIL %s\n%s", s.name, indent(s.output))
	}
	fmt.Fprintf(w, "\n%d passed, %d failed, %d skipped\n", all.passed, len(all.failed), len(all.skipped))
	return all.passed > 0 && len(all.failed) == 0 && !(noSkip && len(all.skipped) > 0), nil
}

// indent keeps the last lines of a test's output, where the cause is.
func indent(s string) string {
	const most = 200
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	var b strings.Builder
	if over := len(lines) - most; over > 0 {
		fmt.Fprintf(&b, "    (%d lines before these)\n", over)
		lines = lines[over:]
	}
	for _, l := range lines {
		b.WriteString("    " + l + "\n")
	}
	return b.String()
}

// suite takes the verdict of a step that counts for itself: its last line is "N passed, N failed". Any other end is a
// failure, and so is a count of failures that does not fit its exit status.
func suite(name, out string, status int) (t tally) {
	lines := strings.Split(strings.TrimRight(out, "\n"), "\n")
	var passed, failed int
	n, err := fmt.Sscanf(lines[len(lines)-1], "%d passed, %d failed", &passed, &failed)
	t.passed = passed
	switch {
	case err != nil || n != 2:
		t.passed = 0
		t.fail(name, fmt.Sprintf("exit status %d, and its last line is no verdict\n%s", status, out))
	case failed > 0 || status != 0 || passed == 0:
		t.fail(name, fmt.Sprintf("exit status %d\n%s", status, out))
		for range failed - 1 {
			t.fail(name, "one more, as above")
		}
	}
	return t
}
