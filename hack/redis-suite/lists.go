package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A test is one name in one unit, such as {"type/list", "LPOS basic usage - quicklist"}.
type test struct{ unit, name string }

// names is a multiset: some names stand for several tests of their unit.
type names map[test]int

func (n names) count() (sum int) {
	for _, c := range n {
		sum += c
	}
	return sum
}

func (n names) of(units []string) names {
	return n.filter(func(t test) bool { return slices.Contains(units, t.unit) })
}

func (n names) without(units []string) names {
	return n.filter(func(t test) bool { return !slices.Contains(units, t.unit) })
}

func (n names) filter(keep func(test) bool) names {
	out := names{}
	for t, c := range n {
		if keep(t) {
			out[t] = c
		}
	}
	return out
}

func (n names) plus(m names) names {
	out := maps.Clone(n)
	for t, c := range m {
		out[t] += c
	}
	return out
}

func (n names) minus(m names) names {
	out := names{}
	for t, c := range n {
		if c > m[t] {
			out[t] = c - m[t]
		}
	}
	return out
}

// sorted returns the tests by unit and name, each as often as it occurs.
func (n names) sorted() []test {
	var out []test
	for t, c := range n {
		out = append(out, slices.Repeat([]test{t}, c)...)
	}
	slices.SortFunc(out, func(a, b test) int {
		if c := strings.Compare(a.unit, b.unit); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// readNames reads lines of unit, tab, name. A file that is to be written anew may be missing.
func readNames(file string, mayMiss bool) (names, error) {
	data, err := os.ReadFile(file)
	if mayMiss && errors.Is(err, os.ErrNotExist) {
		return names{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := names{}
	for i, line := range lines(data) {
		unit, name, ok := strings.Cut(line, "\t")
		if !ok || unit == "" || name == "" {
			return nil, fmt.Errorf("%s:%d: want unit, tab, name", file, i+1)
		}
		out[test{unit, name}]++
	}
	return out, nil
}

func lines(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

func writeNames(w io.Writer, n names) error {
	buf := bufio.NewWriter(w)
	for _, t := range n.sorted() {
		fmt.Fprintf(buf, "%s\t%s\n", t.unit, t.name)
	}
	return buf.Flush()
}

// updateNames replaces the file as a whole.
func updateNames(file string, n names) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".redis-suite-*")
	if err != nil {
		return err
	}
	err = errors.Join(writeNames(f, n), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// A skip is a line of skip.txt: unit, tab, name or /regular expression, tab, reason.
type skip struct {
	line    int
	unit    string
	pattern string // as the suite takes it
	re      *regexp.Regexp
}

func (s *skip) covers(t test) bool {
	if s.unit != t.unit {
		return false
	}
	if s.re != nil {
		return s.re.MatchString(t.name)
	}
	return s.pattern == t.name
}

func readSkips(file string) ([]skip, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var out []skip
	seen := map[test]bool{}
	for i, line := range lines(data) {
		if line == "" || line[0] == '#' {
			continue
		}
		field := strings.Split(line, "\t")
		if len(field) != 3 || field[0] == "" || field[1] == "" || strings.TrimSpace(field[2]) == "" {
			return nil, fmt.Errorf("%s:%d: want unit, tab, name or /regular expression, tab, reason", file, i+1)
		}
		if seen[test{field[0], field[1]}] {
			return nil, fmt.Errorf("%s:%d: %q is there twice", file, i+1, field[1])
		}
		seen[test{field[0], field[1]}] = true
		s := skip{line: i + 1, unit: field[0], pattern: field[1]}
		if expr, ok := strings.CutPrefix(field[1], "/"); ok {
			if s.re, err = regexp.Compile(expr); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// writeSkipfile writes what is left out of the units of one run. The suite's file knows no units: a pattern that hits a test
// of another unit of the run shows as a failure in the comparison.
func writeSkipfile(w io.Writer, rules []skip, units []string) error {
	for _, s := range rules {
		if slices.Contains(units, s.unit) {
			if _, err := fmt.Fprintln(w, s.pattern); err != nil {
				return err
			}
		}
	}
	return nil
}
