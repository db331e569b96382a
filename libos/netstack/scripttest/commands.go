package scripttest

import (
	"fmt"
	"strconv"
	"time"
)

// commands are the lines that no host does.
var commands = map[string]func(words []string) (func(w *wire) error, error){
	"drop":      parseRule,
	"duplicate": parseRule,
	"corrupt":   parseRule,
	"delay":     parseRule,
	"cut":       func(words []string) (func(*wire) error, error) { return parseCut(words, true) },
	"mend":      func(words []string) (func(*wire) error, error) { return parseCut(words, false) },
	"inject": func(words []string) (func(*wire) error, error) {
		p, err := parsePacket(words[1:])
		return func(w *wire) error { return w.inject(p) }, err
	},
	"expect": func(words []string) (func(*wire) error, error) {
		p, err := parsePacket(words[1:])
		return func(w *wire) error { return w.expect(p) }, err
	},
	"wait": func(words []string) (func(*wire) error, error) {
		d, err := parseTime(words)
		return func(w *wire) error {
			w.until(d, func() bool { return false })
			return nil
		}, err
	},
	"quiet": func(words []string) (func(*wire) error, error) {
		d, err := parseTime(words)
		return func(w *wire) error { return w.quiet(d) }, err
	},
}

func parseTime(words []string) (time.Duration, error) {
	if len(words) != 2 {
		return 0, errArguments
	}
	d, err := time.ParseDuration(words[1])
	if err == nil && d <= 0 {
		err = fmt.Errorf("%v is not a time to wait for", d)
	}
	return d, err
}

func parseCut(words []string, cut bool) (func(*wire) error, error) {
	if len(words) != 1 {
		return nil, errArguments
	}
	return func(w *wire) error {
		w.log("%s", words[0])
		w.cut = cut
		return nil
	}, nil
}

// parseRule parses VERB [COUNT | TIME] PATTERN.
func parseRule(words []string) (func(*wire) error, error) {
	r := rule{verb: words[0], count: 1}
	words = words[1:]
	if len(words) == 0 {
		return nil, errArguments
	}
	var err error
	if r.verb == "delay" {
		r.delay, err = time.ParseDuration(words[0])
		words = words[1:]
	} else if n, number := strconv.Atoi(words[0]); number == nil && n > 0 {
		r.count, words = n, words[1:]
	}
	if err != nil {
		return nil, err
	}
	r.pattern, err = parsePacket(words)
	return func(w *wire) error {
		rule := r // a script runs several times
		w.rules = append(w.rules, &rule)
		return nil
	}, err
}
