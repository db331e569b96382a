package main

import (
	"os"
	"strings"
	"testing"
)

const (
	passing = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}
`
	skipping = passing + `{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestB","Output":"old kernel\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
`
	failing = passing + `{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"run","Package":"p","Test":"TestC/x/y"}
{"Action":"output","Package":"p","Test":"TestC/x/y","Output":"cause\n"}
{"Action":"fail","Package":"p","Test":"TestC/x/y"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
`
	hanging = passing + `{"Action":"run","Package":"p","Test":"TestD"}
`
	uncompiled = passing + `{"ImportPath":"q [q.test]","Action":"build-output","Output":"undefined: z\n"}
{"Action":"start","Package":"q"}
{"Action":"fail","Package":"q"}
`
)

func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name, steps, stream string
		noSkip, ok          bool
		last, has           string
	}{
		{"pass", "unit\ttest\t0\t1\tf", passing, false, true, "1 passed, 0 failed, 0 skipped", ""},
		{"skip", "unit\ttest\t0\t1\tf", skipping, false, true, "1 passed, 0 failed, 1 skipped", "old kernel"},
		{"skip refused", "unit\ttest\t0\t1\tf", skipping, true, false, "1 passed, 0 failed, 1 skipped", "SKIP unit: p TestB"},
		{"fail once", "unit\ttest\t1\t1\tf", failing, false, false, "1 passed, 1 failed, 0 skipped", "cause"},
		{"hang", "unit\ttest\t124\t1\tf", hanging, false, false, "1 passed, 1 failed, 0 skipped", "did not end"},
		{"compile", "unit\ttest\t1\t1\tf", uncompiled, false, false, "1 passed, 1 failed, 0 skipped", "undefined: z"},
		{"killed", "unit\ttest\t137\t1\tf", passing, false, false, "1 passed, 1 failed, 0 skipped", "exit status 137"},
		{"no test", "unit\ttest\t0\t1\tf", "", false, false, "0 passed, 1 failed, 0 skipped", "ran no test"},
		{"no step", "", "", false, false, "0 passed, 0 failed, 0 skipped", ""},
		{"check", "vet\tcheck\t0\t1\tf", "", false, true, "1 passed, 0 failed, 0 skipped", ""},
		{"suite", "redis\tsuite\t0\t1\tf", "12 passed, 0 failed\n", false, true, "12 passed, 0 failed, 0 skipped", ""},
		{"bad suite", "redis\tsuite\t1\t1\tf", "FAIL a\nFAIL b\n12 passed, 2 failed\n", false, false, "12 passed, 2 failed, 0 skipped", "FAIL a"},
		{"broken suite", "redis\tsuite\t1\t1\tf", "no server", false, false, "0 passed, 1 failed, 0 skipped", "no server"},
		{"empty suite", "redis\tsuite\t0\t1\tf", "0 passed, 0 failed\n", false, false, "0 passed, 1 failed, 0 skipped", ""},
		{"suite that lies", "redis\tsuite\t1\t1\tf", "12 passed, 0 failed\n", false, false, "12 passed, 1 failed, 0 skipped", ""},
		{"bad check", "vet\tcheck\t1\t1\tf", "a.go:1: bad", false, false, "0 passed, 1 failed, 0 skipped", "a.go:1: bad"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			ok, err := report(strings.NewReader(tt.steps), &b, tt.noSkip, func(string) ([]byte, error) { return []byte(tt.stream), nil })
			if err != nil || ok != tt.ok || !strings.HasSuffix(b.String(), "\n"+tt.last+"\n") || !strings.Contains(b.String(), tt.has) {
				t.Errorf("ok %v, want %v; error %v; want %q and last line %q in:\n%s", ok, tt.ok, err, tt.has, tt.last, b.String())
			}
		})
	}
}

func TestReportRefuses(t *testing.T) {
	for _, steps := range []string{"unit\ttest\t0", "unit\ttest\tx\t1\tf", "unit\ttest\t0\t1\t/does/not/exist"} {
		if _, err := report(strings.NewReader(steps), new(strings.Builder), false, os.ReadFile); err == nil {
			t.Errorf("report(%q) gave no error", steps)
		}
	}
}
