package keys

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// conditions are the options of EXPIRE.
type conditions struct{ nx, xx, gt, lt bool }

// parse reads the options. It replies an error and returns false if they are not known, or not together.
func (o *conditions) parse(c *engine.Call) bool {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "nx"):
			o.nx = true
		case c.Is(i, "xx"):
			o.xx = true
		case c.Is(i, "gt"):
			o.gt = true
		case c.Is(i, "lt"):
			o.lt = true
		default:
			c.Error("ERR Unsupported option " + c.Shown(i))
			return false
		}
	}
	switch {
	case o.nx && (o.xx || o.gt || o.lt):
		c.Error("ERR NX and XX, GT or LT options at the same time are not compatible")
		return false
	case o.gt && o.lt:
		c.Error("ERR GT and LT options at the same time are not compatible")
		return false
	}
	return true
}

// allow reports whether the expiry may be set to a time. A key without an expiry is one that lasts for ever.
func (o *conditions) allow(at, now int64, expires bool) bool {
	switch {
	case o.nx && expires, o.xx && !expires:
		return false
	case o.gt && (!expires || at <= now):
		return false
	case o.lt && expires && at >= now:
		return false
	}
	return true
}

// expire is EXPIRE and its like: milli is the unit in milliseconds, since whether the time is counted from now.
func expire(milli int64, since bool) func(*engine.Call) {
	return func(c *engine.Call) {
		var o conditions
		if !o.parse(c) {
			return
		}
		at, ok := c.Int(2)
		if !ok {
			return
		}
		base := int64(0)
		if since {
			base = c.Now()
		}
		if at > math.MaxInt64/milli || at < math.MinInt64/milli || at*milli > math.MaxInt64-base {
			c.Error("ERR invalid expire time in '" + c.Cmd.FullName() + "' command")
			return
		}
		at = at*milli + base
		key := c.Args[1]
		e := c.DB.Find(key)
		if !e.Exists() {
			c.Out.Int(0)
			return
		}
		if current, expires := e.Expiry(); !o.allow(at, current, expires) {
			c.Out.Int(0)
			return
		}
		if at <= c.Now() {
			e.Delete()
			c.Modified(key, engine.NotifyGeneric, "del")
		} else {
			e.SetExpiry(at)
			c.Modified(key, engine.NotifyGeneric, "expire")
		}
		c.Out.Int(1)
	}
}

// What TTL and its like reply if there is no expiry.
const (
	noExpiry = -1
	noKey    = -2
)

// ttl is TTL and its like: milli is the unit in milliseconds, since whether the time is counted from now.
func ttl(milli int64, since bool) func(*engine.Call) {
	return func(c *engine.Call) {
		e := c.DB.Look(c.Args[1])
		if !e.Exists() {
			c.Out.Int(noKey)
			return
		}
		at, expires := e.Expiry()
		if !expires {
			c.Out.Int(noExpiry)
			return
		}
		if since {
			at = max(at-c.Now(), 0)
		}
		n := at / milli
		if at%milli >= milli/2 && milli > 1 {
			n++
		}
		c.Out.Int(n)
	}
}

func persist(c *engine.Call) {
	key := c.Args[1]
	e := c.DB.Find(key)
	if !e.Exists() || !e.Persist() {
		c.Out.Int(0)
		return
	}
	c.Modified(key, engine.NotifyGeneric, "persist")
	c.Out.Int(1)
}
