package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
)

// An option is a row of the table of CONFIG and the configuration file.
type option struct {
	get    func(*Config) string
	set    func(*Config, []string) error // of one argument, unless multi
	multi  bool                          // takes several words
	fixed  bool                          // at the start
	hidden bool                          // shown only to who names it in full
	inert  bool                          // accepted and without effect
	secret bool                          // SLOWLOG does not show the value
}

// A refusal is why an option cannot have a value, in Redis's words, which clients compare.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errNoInteger  refusal = "argument couldn't be parsed into an integer"
	errYesNo      refusal = "argument must be 'yes' or 'no'"
	errWordCount  refusal = "wrong number of arguments"
	errEventClass refusal = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."
)

// oneOf is the error for a word that is none of a list.
func oneOf(words []string) error {
	return refusal("argument(s) must be one of the following: " + strings.Join(words, ", "))
}

// within checks the bounds of a number.
func within(n, low, high int64) error {
	if n < low || n > high {
		return refusal(fmt.Sprintf("argument must be between %d and %d inclusive", low, high))
	}
	return nil
}

func parseWithin(text string, low, high int64) (int64, error) {
	n, ok := ParseInt([]byte(text))
	if !ok {
		return 0, errNoInteger
	}
	return n, within(n, low, high)
}

func parseBytes(text string, low, high int64) (int64, error) {
	n, err := conf.ParseSize(text)
	if err != nil {
		return 0, err
	}
	// What is beyond 63 bits is no limit at all: the bounds say whether that may be.
	return int64(min(n, maxInt)), within(int64(min(n, maxInt)), low, high)
}

func parseWord(text string, words []string) (int, error) {
	i := slices.Index(words, strings.ToLower(text))
	if i < 0 {
		return 0, oneOf(words)
	}
	return i, nil
}

func number(field func(*Config) *int64, low, high int64) option {
	return option{
		get: func(c *Config) string { return strconv.FormatInt(*field(c), 10) },
		set: func(c *Config, args []string) error {
			n, err := parseWithin(args[0], low, high)
			if err == nil {
				*field(c) = n
			}
			return err
		},
	}
}

// small is number for a field of type int.
func small(field func(*Config) *int, low, high int64) option {
	return option{
		get: func(c *Config) string { return strconv.Itoa(*field(c)) },
		set: func(c *Config, args []string) error {
			n, err := parseWithin(args[0], low, high)
			if err == nil {
				*field(c) = int(n)
			}
			return err
		},
	}
}

func size(field func(*Config) *int64, low, high int64) option {
	return option{
		get: func(c *Config) string { return strconv.FormatInt(*field(c), 10) },
		set: func(c *Config, args []string) error {
			n, err := parseBytes(args[0], low, high)
			if err == nil {
				*field(c) = n
			}
			return err
		},
	}
}

func yesNo(field func(*Config) *bool) option {
	return option{
		get: func(c *Config) string {
			if *field(c) {
				return "yes"
			}
			return "no"
		},
		set: func(c *Config, args []string) error {
			i, err := parseWord(args[0], []string{"no", "yes"})
			if err != nil {
				return errYesNo
			}
			*field(c) = i == 1
			return nil
		},
	}
}

func fixed(o option) option {
	o.fixed = true
	return o
}

func hidden(o option) option {
	o.hidden = true
	return o
}
