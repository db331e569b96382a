package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// An outcome is one test or check that did not pass, and what it printed.
type outcome struct{ name, output string }

type tally struct {
	passed          int
	failed, skipped []outcome
}

func (t *tally) fail(name, output string) { t.failed = append(t.failed, outcome{name, output}) }

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed = append(t.failed, o.failed...)
	t.skipped = append(t.skipped, o.skipped...)
}

// An event is a line of go test -json, see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

type result struct {
	action   string
	output   strings.Builder
	children int
	badChild bool
}

// tests counts the leaf tests of one go test -json stream that ended with status.
func tests(step string, stream []byte, status int) tally {
	type key struct{ pkg, test string } // a package's own result has no test
	results := map[key]*result{}
	at := func(k key) *result {
		if results[k] == nil {
			results[k] = new(result)
		}
		return results[k]
	}
	var loose, build strings.Builder // not JSON; the compiler's
	for _, line := range strings.Split(string(stream), "\n") {
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			if line != "" {
				loose.WriteString(line + "\n")
			}
			continue
		}
		switch e.Action {
		case "build-output":
			build.WriteString(e.Output)
		case "output":
			at(key{e.Package, e.Test}).output.WriteString(e.Output)
		case "run", "start":
			at(key{e.Package, e.Test}) // one that never ends is a failure
		case "pass", "fail", "skip":
			r := at(key{e.Package, e.Test})
			if r.action != "fail" { // one test may run in several fuzz invocations
				r.action = e.Action
			}
		}
	}

	keys := make([]key, 0, len(results))
	for k := range results {
		keys = append(keys, k)
	}
	// A child's name is longer than its parent's, and every test's than its package's: children come first.
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if len(a.test) != len(b.test) {
			return len(a.test) > len(b.test)
		}
		return a.pkg+"\x00"+a.test < b.pkg+"\x00"+b.test
	})
	var t tally
	for _, k := range keys {
		r := results[k]
		bad := r.action != "pass" && r.action != "skip"
		if k.test != "" {
			parent := key{k.pkg, ""}
			if i := strings.LastIndexByte(k.test, '/'); i >= 0 {
				parent.test = k.test[:i]
				for results[parent] == nil && parent.test != "" { // a subtest's own name may hold a slash
					parent.test = parent.test[:max(0, strings.LastIndexByte(parent.test, '/'))]
				}
			}
			p := at(parent)
			p.children++
			p.badChild = p.badChild || bad
		}
		name := step + ": " + k.pkg
		if k.test != "" {
			name += " " + k.test
		}
		switch {
		case bad && !r.badChild:
			out := r.output.String()
			if r.action == "" {
				out += "did not end\n"
			}
			if k.test == "" {
				out += build.String()
			}
			t.fail(name, out)
		case bad || k.test == "": // its child is counted; a package by itself is no test
		case r.action == "skip":
			t.skipped = append(t.skipped, outcome{name, r.output.String()})
		case r.children == 0:
			t.passed++
		}
	}
	if status != 0 && len(t.failed) == 0 {
		t.fail(step, fmt.Sprintf("exit status %d\n%s", status, loose.String()))
	}
	if t.passed == 0 && len(t.failed) == 0 {
		t.fail(step, "ran no test\n"+loose.String())
	}
	return t
}
