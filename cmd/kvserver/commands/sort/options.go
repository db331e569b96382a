package sort

import (
	"bytes"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// options are those of a call.
type options struct {
	desc, alpha bool
	by          *pattern // nil: the elements themselves
	unsorted    bool     // BY something without a *
	start       int64
	count       int64 // negative: all
	get         []pattern
	store       []byte // nil: reply
}

// parse reads the options. It replies an error and returns false if they are wrong.
func (o *options) parse(c *engine.Call, write bool) bool {
	o.count = -1
	for i := 2; i < len(c.Args); i++ {
		left := len(c.Args) - i - 1
		switch {
		case c.Is(i, "asc"):
			o.desc = false
		case c.Is(i, "desc"):
			o.desc = true
		case c.Is(i, "alpha"):
			o.alpha = true
		case c.Is(i, "limit") && left >= 2:
			var ok bool
			if o.start, ok = c.Int(i + 1); !ok {
				return false
			}
			if o.count, ok = c.Int(i + 2); !ok {
				return false
			}
			i += 2
		case write && c.Is(i, "store") && left >= 1:
			o.store = c.Args[i+1]
			i++
		case c.Is(i, "by") && left >= 1:
			p := parsePattern(c.Args[i+1])
			o.by = &p
			// Once given, it holds, whatever other BY follows.
			o.unsorted = o.unsorted || p.constant
			i++
		case c.Is(i, "get") && left >= 1:
			o.get = append(o.get, parsePattern(c.Args[i+1]))
			i++
		default:
			c.Syntax()
			return false
		}
	}
	return true
}

// keys returns the positions of the keys that are named: the first argument, and that of the last STORE.
func keys(write bool) func([][]byte) ([]int, error) {
	return func(args [][]byte) ([]int, error) {
		list := []int{1}
		if !write {
			return list, nil
		}
		store := 0
		for i := 2; i < len(args); i++ {
			switch word := string(bytes.ToLower(args[i])); word {
			case "limit":
				i += 2
			case "get", "by":
				i++
			case "store":
				if i+1 < len(args) {
					i++
					store = i
				}
			}
		}
		if store != 0 {
			list = append(list, store)
		}
		return list, nil
	}
}

// window returns the part of n elements that LIMIT chooses.
func (o *options) window(n int) (from, to int) {
	size := int64(n)
	start := min(max(o.start, 0), size)
	end := size
	if o.count >= 0 {
		end = min(start+min(o.count, size), size)
	}
	return int(start), int(end)
}
