package scripttest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

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
