package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// expected is what the lists say. Without a reference, what passes is compared with the pinned names alone.
type expected struct {
	passing, reference names
	skips              []skip
}

// covered reports whether a test is left out.
func (e *expected) covered(t test) bool {
	return slices.ContainsFunc(e.skips, func(s skip) bool { return s.covers(t) })
}

// A verdict is what a run comes to.
type verdict struct {
	failures []failure
	unpinned names // pass, and are not in the list
}

const (
	notRun     = "did not run\n"
	neither    = "redis-server passes it: it is to pass, or to be in skip.txt with a reason\n"
	wasRunning = "was running when the run was ended\n"
	leftOut    = "is pinned, and skip.txt leaves it out\n"
)

// compare judges the units that were run.
func compare(got *result, want expected, units []string) verdict {
	v := verdict{unpinned: got.ok.minus(want.passing)}
	for _, text := range got.troubles {
		v.failures = append(v.failures, failure{why: text + "\n"})
	}
	failed := names{} // what the suite itself reports
	for _, f := range got.errs {
		v.failures = append(v.failures, f)
		failed[f.test]++
	}
	for _, t := range got.running {
		v.failures = append(v.failures, failure{t, wasRunning})
		failed[t]++
	}
	missing := want.passing.of(units).minus(got.ok).minus(failed)
	for _, t := range missing.sorted() {
		why := notRun
		if got.skipped[t] > 0 {
			why = leftOut
		}
		v.failures = append(v.failures, failure{t, why})
	}
	for _, t := range want.reference.of(units).minus(got.ok).minus(failed).minus(missing).sorted() {
		if !want.covered(t) {
			v.failures = append(v.failures, failure{t, neither})
		}
	}
	// Some tests the suite itself leaves out on a server that is not quite Redis: the reference knows them.
	absent := want.reference.of(units).minus(got.ok)
	for _, s := range want.skips {
		if !got.done[s.unit] || !slices.Contains(units, s.unit) {
			continue
		}
		if len(got.skipped.filter(s.covers))+len(absent.filter(s.covers)) == 0 {
			v.failures = append(v.failures, failure{why: fmt.Sprintf("skip.txt:%d: unit %s has no such test: %s\n", s.line, s.unit, s.pattern)})
		}
	}
	return v
}

const maxNotRun = 5 // names that are printed of those that did not run

// print writes a line for each unit, what is new, what failed, and the verdict.
func (v *verdict) print(w io.Writer, got *result, units []string) {
	for _, unit := range units {
		one := []string{unit}
		failed := 0
		for _, f := range v.failures {
			if f.unit == unit {
				failed++
			}
		}
		fmt.Fprintf(w, "%-16s %4d passed, %d failed, %d left out\n", unit, got.ok.of(one).count(), failed, got.skipped.of(one).count())
	}
	for _, t := range v.unpinned.sorted() {
		fmt.Fprintf(w, "NEW %s: %s\n", t.unit, t.name)
	}
	unrun := map[string]int{}
	for _, f := range v.failures {
		if f.why == notRun || f.why == neither {
			if unrun[f.unit+f.why]++; unrun[f.unit+f.why] > maxNotRun {
				continue
			}
		}
		fmt.Fprintf(w, "FAIL %s\n", strings.TrimSuffix(f.String(), "\n"))
	}
	for _, unit := range units {
		for _, why := range []string{notRun, neither} {
			if n := unrun[unit+why] - maxNotRun; n > 0 {
				fmt.Fprintf(w, "FAIL %s: %d more: %s", unit, n, why)
			}
		}
	}
	fmt.Fprintf(w, "%d left out by skip.txt, %d tests or blocks of tests by the suite's tags\n", got.skipped.count(), got.ignored)
	fmt.Fprintf(w, "%d passed, %d failed\n", got.ok.count(), len(v.failures))
}

func (f failure) String() string {
	text := strings.ReplaceAll(strings.TrimSuffix(f.why, "\n"), "\n", "\n    ")
	switch {
	case f.unit == "":
		return text
	case f.name == "":
		return f.unit + ", outside of tests: " + text
	}
	return f.unit + ": " + f.name + ": " + text
}
