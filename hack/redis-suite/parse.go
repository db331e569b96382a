package main

import (
	"bufio"
	"io"
	"regexp"
	"strings"
)

// A failure is a test that did not pass, or with an empty name, something that went wrong outside of tests.
type failure struct {
	test
	why string // lines
}

// A result is what the suite said in one or more runs.
type result struct {
	ok, skipped names
	errs        []failure
	ignored     int             // tests and blocks that the suite's tags leave out
	done        map[string]bool // units that came to their end
	running     []test          // tests that had not ended when their run did
	troubles    []string
}

func newResult() *result {
	return &result{ok: names{}, skipped: names{}, done: map[string]bool{}}
}

var (
	color  = regexp.MustCompile("\x1b\\[[0-9;]*m")
	status = regexp.MustCompile(`^\[(ok|err|skip|ignore|testing|exception|TIMEOUT|trouble|ready|\d+/\d+ done)\]: ?(.*)$`)
	took   = regexp.MustCompile(` \(\d+ (ms|seconds)\)$`)
)

const (
	maxLine   = 1 << 26 // a failed assertion may show the whole of a big value
	maxDetail = 8       // lines of a failure that are kept
	maxWidth  = 300     // bytes of such a line
)

// read adds the output of one run.
func (r *result) read(log io.Reader) error {
	var unit string
	var running *test
	var last *failure // the one that lines without a status belong to
	scan := bufio.NewScanner(log)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		line := color.ReplaceAllString(scan.Text(), "")
		if name, ok := strings.CutPrefix(line, "Testing unit/"); ok {
			unit, running, last = name, nil, nil
			continue
		}
		m := status.FindStringSubmatch(line)
		if m == nil {
			if strings.HasPrefix(line, "*** ") || strings.HasSuffix(line, "The End") {
				last = nil // the summary repeats what was said
			}
			if last != nil {
				last.add(line)
			}
			continue
		}
		kind, text := m[1], m[2]
		last = nil
		switch kind {
		case "testing":
			running = &test{unit, text}
		case "ok":
			r.ok[test{unit, took.ReplaceAllString(text, "")}]++
			running = nil
		case "skip":
			r.skipped[test{unit, text}]++
		case "ignore":
			r.ignored++
		case "err":
			f := failure{test: test{unit: unit}}
			if running != nil && strings.HasPrefix(text, running.name+" in tests/") {
				f.test = *running
				running = nil
			} else {
				f.add(text)
			}
			r.errs = append(r.errs, f)
			last = &r.errs[len(r.errs)-1]
		case "exception":
			f := failure{test: test{unit: unit}}
			f.add("the suite gave up: " + text)
			r.errs = append(r.errs, f)
			last = &r.errs[len(r.errs)-1]
		case "TIMEOUT":
			r.troubles = append(r.troubles, "hang: no test came to its end for too long")
		case "trouble":
			r.troubles = append(r.troubles, text)
		case "ready":
		default:
			r.done[strings.TrimPrefix(took.ReplaceAllString(text, ""), "unit/")] = true
			running = nil
		}
	}
	if running != nil {
		r.running = append(r.running, *running)
	}
	return scan.Err()
}

// add keeps the first lines of what the suite said about a failure.
func (f *failure) add(line string) {
	if strings.TrimSpace(line) == "" || strings.Count(f.why, "\n") >= maxDetail {
		return
	}
	if len(line) > maxWidth {
		line = line[:maxWidth] + "..."
	}
	f.why += line + "\n"
}
