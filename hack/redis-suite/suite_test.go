package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the suite says when a terminal seems to be there.
const coloredOK = "[\x1b[0;32;49mok\x1b[0m]"

const failedSADD = "[err]: SADD in tests/unit/type/set.tcl\nExpected '1' to be '2'\n"

const clean = `Cleanup: may take some time... OK
[ready]: 4711
` + "\x1b[1;37;49mTesting unit/type/set\x1b[0m" + `
[testing]: SADD
` + coloredOK + `: SADD (3 ms)
[testing]: twice (2 ms)
[ok]: twice (2 ms) (0 ms)
[testing]: twice (2 ms)
[ok]: twice (2 ms) (1 ms)
[skip]: XADD
[ignore]: SLOW: Tag: slow denied
[1/1 done]: unit/type/set (0 seconds)

                   The End
`

const (
	passing   = "type/set\tSADD\ntype/set\ttwice (2 ms)\ntype/set\ttwice (2 ms)\n"
	reference = passing + "type/set\tXADD\n"
	skips     = "# comment\n\ntype/set\t/^XA\tstreams are not supported\n"
)

// files writes each text to a file of its own.
func files(t *testing.T, texts ...string) (names []string) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		name := filepath.Join(dir, string(rune('a'+i)))
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// Each of the cases that must be rejected differs from the clean run in one thing.
func TestCompare(t *testing.T) {
	const done = "[1/1 done]: unit/type/set (0 seconds)\n"
	for _, c := range []struct {
		name                           string
		passing, reference, skips, log string
		last                           string // line
		says                           string
	}{
		{"clean", passing, reference, skips, clean, "3 passed, 0 failed", "1 left out by skip.txt, 1 tests or blocks"},
		{"new", "type/set\tSADD\n", reference, skips, clean, "3 passed, 0 failed", "NEW type/set: twice (2 ms)\nNEW type/set: twice"},
		{"pinned test gone", passing + "type/set\tSPOP\n", reference, skips, clean, "3 passed, 1 failed", "FAIL type/set: SPOP: did not run"},
		{"one of two gone", passing + "type/set\ttwice (2 ms)\n", reference, skips, clean, "3 passed, 1 failed", "FAIL type/set: twice (2 ms): did not run"},
		{"pinned and left out", passing + "type/set\tXADD\n", reference, skips, clean, "3 passed, 1 failed", "is pinned, and skip.txt leaves it out"},
		{"not accounted for", passing, reference + "type/set\tSPOP\n", skips, clean, "3 passed, 1 failed", "FAIL type/set: SPOP: redis-server passes it"},
		{"left out without a line", passing, reference, "", clean, "3 passed, 1 failed", "FAIL type/set: XADD: redis-server passes it"},
		{"line of another unit", passing, reference, "type/zset\tXADD\twhy\n", clean, "3 passed, 1 failed", "FAIL type/set: XADD"},
		{"line for nothing", passing, reference, skips + "type/set\tYADD\twhy\n", clean, "3 passed, 1 failed", "skip.txt:4: unit type/set has no such test: YADD"},
		{"test failed", passing, reference, skips, strings.Replace(clean, coloredOK+": SADD (3 ms)", failedSADD, 1) + "*** " + failedSADD,
			"2 passed, 1 failed", "FAIL type/set: SADD: Expected '1' to be '2'\n1 left out"},
		{"unknown test failed", passing, reference, skips,
			strings.Replace(clean, done, "[testing]: odd\n[err]: odd in tests/unit/type/set.tcl\nExpected '1'\n"+done, 1), "3 passed, 1 failed", "FAIL type/set: odd: Expected '1'\n"},
		{"block failed", passing, reference, skips,
			strings.Replace(clean, done, "[err]: ERR unknown command\n    while executing\n"+done, 1), "3 passed, 1 failed",
			"FAIL type/set, outside of tests: ERR unknown command\n        while executing\n"},
		{"suite gave up", passing, reference, skips,
			strings.Split(clean, "[testing]: twice")[0] + "[exception]: Executing test client: I/O error\n", "1 passed, 3 failed", "the suite gave up: Executing test client: I/O error"},
		{"hang", passing, reference, skips,
			strings.Split(clean, "[ok]: twice")[0] + "[TIMEOUT]: clients state report follows.\n", "1 passed, 3 failed", "twice (2 ms): was running when the run was ended\nFAIL type/set: twice (2 ms): did not run"},
		{"server died", passing, reference, skips, clean + "[trouble]: the server died with status 2\n", "3 passed, 1 failed", "FAIL the server died with status 2"},
		{"nothing ran", "", "", "", "", "0 passed, 0 failed", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want error
			if !strings.HasSuffix(c.last, ", 0 failed") || strings.HasPrefix(c.last, "0 ") {
				want = errFailed
			}
			f := files(t, c.passing, c.reference, c.skips, c.log)
			var out strings.Builder
			err := run([]string{"compare", "-passing", f[0], "-reference", f[1], "-skip", f[2], "type/set", f[3]}, &out)
			if !errors.Is(err, want) || !strings.HasSuffix(out.String(), "\n"+c.last+"\n") || !strings.Contains(out.String(), c.says) {
				t.Errorf("%v, want %v, %q and %q:\n%s", err, want, c.last, c.says, out.String())
			}
		})
	}
}

// Other units' names stay when a list is written anew, and a run that was cut short changes nothing.
func TestUpdate(t *testing.T) {
	const old = "quit\tQUIT\ntype/set\tSPOP\n"
	f := files(t, old, clean, strings.Split(clean, "[ok]: twice")[0])
	for _, c := range []struct {
		log, want string
		err       error
	}{{f[2], old, errFailed}, {f[1], "quit\tQUIT\n" + passing, nil}} {
		var out strings.Builder
		err := run([]string{"compare", "-passing", f[0], "-update", "type/set", c.log}, &out)
		if !errors.Is(err, c.err) {
			t.Errorf("%v, want %v:\n%s", err, c.err, out.String())
		}
		if got, err := os.ReadFile(f[0]); err != nil || string(got) != c.want {
			t.Errorf("%v, %q, want %q:\n%s", err, got, c.want, out.String())
		}
	}
}

func TestSkipfile(t *testing.T) {
	f := files(t, "a\tone [x]\twhy\nb\t/^two$\twhy\nc\tthree\twhy\n")
	var out strings.Builder
	if err := run([]string{"skipfile", f[0], "a", "b"}, &out); err != nil || out.String() != "one [x]\n/^two$\n" {
		t.Errorf("%v, %q", err, out.String())
	}
	for _, bad := range []string{"a\tname\n", "a\tname\t \n", "a\t\twhy\n", "\tname\twhy\n", "a\t/(\twhy\n", "a\tn\twhy\na\tn\twhy\n"} {
		f := files(t, bad)
		if err := run([]string{"skipfile", f[0], "a"}, &out); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// The lists that are kept with the script agree with each other.
func TestLists(t *testing.T) {
	reference, err := readNames("reference.txt", false)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := readSkips("skip.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range rules {
		if len(reference.filter(s.covers)) == 0 {
			t.Errorf("skip.txt:%d: reference.txt has no test of %s named %s", s.line, s.unit, s.pattern)
		}
	}
}
