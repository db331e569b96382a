package strings

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// options are those of SET and GETEX.
type options struct {
	nx, xx, get      bool
	keepTTL, persist bool
	expire           int // argument with the time, 0: none
	unit             unit
}

// A unit is that of an expiry.
type unit struct {
	word  string
	milli int64 // milliseconds
	since bool  // counted from now
}

var (
	seconds = unit{"ex", 1000, true}
	millis  = unit{"px", 1, true}
	units   = [...]unit{seconds, millis, {"exat", 1000, false}, {"pxat", 1, false}}
)

// allowed are the options of a command besides expiries.
type allowed uint8

const (
	forSet allowed = iota
	forGetEx
)

// parse reads the options from argument i on. It replies an error and returns false if one is not known, or not together
// with another.
func (o *options) parse(c *engine.Call, i int, command allowed) bool {
	for ; i < len(c.Args); i++ {
		ok := true
		switch {
		case command == forSet && c.Is(i, "nx"):
			o.nx, ok = true, !o.xx
		case command == forSet && c.Is(i, "xx"):
			o.xx, ok = true, !o.nx
		case command == forSet && c.Is(i, "get"):
			o.get = true
		case command == forSet && c.Is(i, "keepttl"):
			o.keepTTL, ok = true, o.expire == 0
		case command == forGetEx && c.Is(i, "persist"):
			o.persist, ok = true, o.expire == 0
		default:
			ok = o.parseUnit(c, i)
			i++
		}
		if !ok {
			c.Syntax()
			return false
		}
	}
	return true
}

// parseUnit reads an expiry: argument i is the unit, the next the time. The same unit may come again, the last counts.
func (o *options) parseUnit(c *engine.Call, i int) bool {
	for _, u := range units {
		if c.Is(i, u.word) {
			ok := i+1 < len(c.Args) && !o.keepTTL && !o.persist && (o.expire == 0 || o.unit == u)
			o.expire, o.unit = i+1, u
			return ok
		}
	}
	return false
}

// expiry returns the Unix time in milliseconds that the options name. It replies an error and returns false if there is no
// such time.
func (o *options) expiry(c *engine.Call) (int64, bool) { return expiry(c, o.expire, o.unit) }

func expiry(c *engine.Call, i int, u unit) (int64, bool) {
	n, ok := c.Int(i)
	if !ok {
		return 0, false
	}
	if n <= 0 || n > math.MaxInt64/u.milli {
		invalidExpiry(c)
		return 0, false
	}
	n *= u.milli
	if u.since {
		if n > math.MaxInt64-c.Now() {
			invalidExpiry(c)
			return 0, false
		}
		n += c.Now()
	}
	return n, true
}

func invalidExpiry(c *engine.Call) {
	c.Error("ERR invalid expire time in '" + c.Cmd.FullName() + "' command")
}
