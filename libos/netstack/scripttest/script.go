package scripttest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
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
