package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
)

// inert is an option that clients, tools and files set, which has nothing to act on here: its value is checked as Redis
// does and only kept, in Config.Extra.
func inert(name, value string, parse func(args []string) (string, error)) option {
	return option{inert: true,
		get: func(c *Config) string {
			if kept, ok := c.Extra[name]; ok {
				return kept
			}
			return value
		},
		set: func(c *Config, args []string) error {
			kept, err := parse(args)
			if err == nil {
				c.Extra[name] = kept
			}
			return err
		},
	}
}

func inertText(name, value string) option {
	return inert(name, value, func(args []string) (string, error) { return args[0], nil })
}

func inertWord(name, value string, words ...string) option {
	return inert(name, value, func(args []string) (string, error) {
		i, err := parseWord(args[0], words)
		if err != nil {
			return "", err
		}
		return words[i], nil
	})
}

func inertYesNo(name, value string) option {
	return inert(name, value, func(args []string) (string, error) {
		words := []string{"no", "yes"}
		i, err := parseWord(args[0], words)
		if err != nil {
			return "", errYesNo
		}
		return words[i], nil
	})
}

// inertNo is a switch of something that is not here: it cannot be turned on.
func inertNo(name string, why refusal) option {
	return inert(name, "no", func(args []string) (string, error) {
		switch i, err := parseWord(args[0], []string{"no", "yes"}); {
		case err != nil:
			return "", errYesNo
		case i == 1:
			return "", why
		}
		return "no", nil
	})
}

func inertNumber(name string, value, low, high int64) option {
	return inert(name, strconv.FormatInt(value, 10), func(args []string) (string, error) {
		n, err := parseWithin(args[0], low, high)
		return strconv.FormatInt(n, 10), err
	})
}

func inertSize(name string, value, low, high int64) option {
	return inert(name, strconv.FormatInt(value, 10), func(args []string) (string, error) {
		n, err := parseBytes(args[0], low, high)
		return strconv.FormatInt(n, 10), err
	})
}

// inertPercent is a size, or a percentage of maxmemory.
func inertPercent(name string) option {
	return inert(name, "0", func(args []string) (string, error) {
		if text, ok := strings.CutSuffix(args[0], "%"); ok {
			n, ok := ParseInt([]byte(text))
			switch {
			case !ok || n < 0:
				return "", refusal("argument must be a memory or percent value")
			case n > 100:
				return "", refusal("percentage argument must be less or equal to 100")
			}
			return args[0], nil
		}
		n, err := conf.ParseSize(args[0])
		if err != nil {
			return "", refusal("argument must be a memory or percent value")
		}
		return strconv.FormatUint(n, 10), nil
	})
}

// inertSave is save: pairs of seconds and changes, or one empty word.
func inertSave() option {
	o := inert("save", "", func(args []string) (string, error) {
		if len(args) == 1 && args[0] == "" {
			return "", nil
		}
		if len(args)%2 != 0 {
			return "", refusal("Invalid save parameters")
		}
		for i, arg := range args {
			if n, ok := ParseInt([]byte(arg)); !ok || n < int64(1-i%2) || n > 1<<31-1 {
				return "", refusal("Invalid save parameters")
			}
		}
		return strings.Join(args, " "), nil
	})
	o.multi = true
	return o
}

// inertPercentiles is a list of numbers between 0 and 100.
func inertPercentiles(name, value string) option {
	o := inert(name, value, func(args []string) (string, error) {
		if len(args) == 1 && args[0] == "" {
			return "", nil
		}
		for i, arg := range args {
			f, ok := ParseFloat([]byte(arg))
			if !ok || f < 0 || f > 100 {
				return "", refusal(fmt.Sprintf("%s parameters should sit between [0.0,100.0]", name))
			}
			args[i] = strconv.FormatFloat(f, 'g', 17, 64)
			if short := strconv.FormatFloat(f, 'g', -1, 64); len(short) < len(args[i]) {
				args[i] = short
			}
		}
		return strings.Join(args, " "), nil
	})
	o.multi = true
	return o
}

// inertWords is a set of words, kept in the order in which they are named.
func inertWords(name, value string, words ...string) option {
	o := inert(name, value, func(args []string) (string, error) {
		for i, arg := range args {
			at, err := parseWord(arg, words)
			if err != nil {
				return "", err
			}
			args[i] = words[at]
		}
		return strings.Join(args, " "), nil
	})
	o.multi = true
	return o
}

// inertEmpty is a text that can only be empty.
func inertEmpty(name string, why refusal) option {
	return inert(name, "", func(args []string) (string, error) {
		if args[0] != "" {
			return "", why
		}
		return "", nil
	})
}
