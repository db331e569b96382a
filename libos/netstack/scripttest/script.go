package scripttest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Script is a parsed scenario.
type Script struct {
	opts  options
	steps []step
}

// A step is a line that does something.
type step struct {
	line int
	text string
	do   func(w *wire) error
}

// Parse parses a script. An error names the line.
func Parse(text string) (*Script, error) {
	s := &Script{}
	about := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if about = about || strings.HasPrefix(line, "#"); line == "" || line[0] == '#' {
			continue
		}
		if !about {
			return nil, fmt.Errorf("line %d: a script begins with a comment that says what must hold", i+1)
		}
		if err := s.parse(i+1, line); err != nil {
			return nil, fmt.Errorf("line %d: %q: %w", i+1, line, err)
		}
	}
	if len(s.steps) == 0 {
		return nil, errors.New("the script does nothing")
	}
	return s, nil
}

var errArguments = errors.New("wrong number of words")

func (s *Script) parse(n int, line string) error {
	words := strings.Fields(line)
	if option, ok := settings[words[0]]; ok {
		if len(s.steps) > 0 {
			return fmt.Errorf("%s must stand before what the script does", words[0])
		}
		return option(&s.opts, words[1:])
	}
	var do func(*wire) error
	var err error
	if name, ok := strings.CutSuffix(words[0], ":"); ok {
		if name != "a" && (name != "b" || s.opts.byHand) {
			return fmt.Errorf("%q is not a host that runs", name)
		}
		do, err = parseCall(name, words[1:])
	} else if command, ok := commands[words[0]]; ok {
		do, err = command(words)
	} else {
		err = fmt.Errorf("unknown command %q", words[0])
	}
	s.steps = append(s.steps, step{n, line, do})
	return err
}

// settings are the lines that stand before all others.
var settings = map[string]func(o *options, args []string) error{
	"family": func(o *options, args []string) error {
		return choose(args, map[string]func(){"v4": func() { o.family = V4 }, "v6": func() { o.family = V6 }})
	},
	"hosts": func(o *options, args []string) error {
		return choose(args, map[string]func(){"a": func() { o.byHand = true }})
	},
	"neighbors": func(o *options, args []string) error {
		return choose(args, map[string]func(){"shown": func() { o.neighbors = true }})
	},
	"times": func(o *options, args []string) error {
		return choose(args, map[string]func(){"hidden": func() { o.noTimes = true }})
	},
	"stock": func(o *options, args []string) error {
		return choose(args, map[string]func(){"trace": func() { o.stock = true }})
	},
	"config": func(o *options, args []string) error {
		if len(args) != 2 {
			return errArguments
		}
		n, err := strconv.Atoi(args[1])
		switch args[0] {
		case "receive":
			o.config.ReceiveBuffer, o.config.MaxReceiveBuffer = n, n
		case "send":
			o.config.SendBuffer, o.config.MaxSendBuffer = n, n
		case "minrto":
			o.config.MinRTO, err = time.ParseDuration(args[1])
		default:
			return fmt.Errorf("unknown setting %q", args[0])
		}
		return err
	},
}

func choose(args []string, values map[string]func()) error {
	if len(args) != 1 {
		return errArguments
	}
	set, ok := values[args[0]]
	if !ok {
		return fmt.Errorf("unknown value %q", args[0])
	}
	set()
	return nil
}

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

// parseCall parses VERB ARGS [on NAME] [-> RESULT], and await VERB [on NAME] -> RESULT, and stat COUNTER N.
func parseCall(host string, words []string) (func(*wire) error, error) {
	result := ""
	if n := len(words); n >= 2 && words[n-2] == "->" {
		result, words = words[n-1], words[:n-2]
		if err := checkResult(result); err != nil {
			return nil, err
		}
	}
	text := strings.Join(words, " ")
	on := "c"
	if n := len(words); n >= 2 && words[n-2] == "on" {
		on, words = words[n-1], words[:n-2]
	}
	if len(words) == 0 {
		return nil, errArguments
	}
	name, args := words[0], words[1:]
	switch name {
	case "await":
		if len(args) != 1 || result == "" {
			return nil, errArguments
		}
		if _, ok := verbs[args[0]]; !ok {
			return nil, fmt.Errorf("unknown call %q", args[0])
		}
		return func(w *wire) error { return w.await(w.host(host), w.host(host).find(args[0], on), result) }, nil
	case "stat":
		if len(args) != 2 || result != "" {
			return nil, errArguments
		}
		want, err := strconv.ParseUint(args[1], 10, 64)
		return func(w *wire) error { return w.stat(w.host(host), args[0], want) }, err
	}
	v, ok := verbs[name]
	if !ok {
		return nil, fmt.Errorf("unknown call %q", name)
	}
	if len(args) != len(v.args) {
		return nil, errArguments
	}
	for i, kind := range v.args {
		if err := checkArgument(kind, args[i]); err != nil {
			return nil, err
		}
	}
	return func(w *wire) error {
		c := &call{verb: name, on: on, text: text}
		return w.call(w.host(host), c, func() error { return v.do(w, w.host(host), c, args) }, result)
	}, nil
}

func checkArgument(kind rune, arg string) error {
	switch kind {
	case 'n', 'p':
		most := 1 << 30
		if kind == 'p' {
			most = firstEphemeral - 1
		}
		if n, err := strconv.Atoi(arg); err != nil || n < 0 || n > most {
			return fmt.Errorf("%q is not a number from 0 to %d", arg, most)
		}
	case 's':
		if s, err := parseStation(arg); err != nil || s.port == "" {
			return fmt.Errorf("%q is not HOST.PORT", arg)
		}
	case 'w':
		if _, ok := verbs[arg]; !ok {
			return fmt.Errorf("unknown call %q", arg)
		}
	}
	return nil
}

// checkResult refuses results that no call has.
func checkResult(s string) error {
	if slices.Contains([]string{"ok", "eof", "pending"}, s) {
		return nil
	}
	for no := unix.Errno(1); no < 134; no++ {
		if unix.ErrnoName(no) == s {
			return nil
		}
	}
	return fmt.Errorf("%q is neither ok, eof, pending nor an errno", s)
}
