package dump

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
)

// options are those of RESTORE.
type options struct {
	replace, absolute bool
	idle, frequency   int64 // -1: not given
}

// parse reads the options. It replies an error and returns false if they are wrong.
func (o *options) parse(c *engine.Call) bool {
	o.idle, o.frequency = -1, -1
	for i := 4; i < len(c.Args); i++ {
		more, ok := i+1 < len(c.Args), false
		switch {
		case c.Is(i, "replace"):
			o.replace = true
		case c.Is(i, "absttl"):
			o.absolute = true
		case c.Is(i, "idletime") && more && o.frequency < 0:
			if o.idle, ok = c.Int(i + 1); !ok {
				return false
			}
			if o.idle < 0 {
				c.Error("ERR Invalid IDLETIME value, must be >= 0")
				return false
			}
			i++
		case c.Is(i, "freq") && more && o.idle < 0:
			if o.frequency, ok = c.Int(i + 1); !ok {
				return false
			}
			if o.frequency < 0 || o.frequency > 255 {
				c.Error("ERR Invalid FREQ value, must be >= 0 and <= 255")
				return false
			}
			i++
		default:
			c.Syntax()
			return false
		}
	}
	return true
}

func restore(c *engine.Call) {
	var o options
	if !o.parse(c) {
		return
	}
	key := c.Args[1]
	if !o.replace && c.DB.Find(key).Exists() {
		c.Error("BUSYKEY Target key name already exists.")
		return
	}
	at, ok := c.Int(2)
	if !ok {
		return
	}
	const wrongTTL = "ERR Invalid TTL value, must be >= 0"
	if at < 0 {
		c.Error(wrongTTL)
		return
	}
	if rdb.Verify(c.Args[3]) != nil {
		c.Error("ERR DUMP payload version or checksum are wrong")
		return
	}
	if at != 0 && !o.absolute {
		if at > math.MaxInt64-c.Now() { // Redis lets it overflow, and the key is gone
			c.Error(wrongTTL)
			return
		}
		at += c.Now()
	}
	v, err := load(c, c.Args[3])
	if err != nil {
		c.Error("ERR Bad data format")
		return
	}
	existed := c.DB.Delete(key)
	if at != 0 && at <= c.Now() {
		v.Discard()
		if existed {
			c.Modified(key, engine.NotifyGeneric, "del")
		}
		c.Out.OK()
		return
	}
	e := v.Store(c.DB, key)
	if at != 0 {
		e.SetExpiry(at)
	}
	switch lfu := c.E.Store.Policy.Frequency(); {
	case lfu && o.frequency >= 0:
		e.SetFrequency(uint32(o.frequency))
	case !lfu && o.idle >= 0:
		e.SetIdle(min(o.idle, maxIdle))
	}
	c.Notify(key, engine.NotifyNew, "new") // also in place of another
	c.Modified(key, engine.NotifyGeneric, "restore")
	c.Ready(key)
	c.Out.OK()
}

// maxIdle is the longest idle time that 24 bits of seconds can tell, about 194 days.
const maxIdle = 1<<24 - 1
