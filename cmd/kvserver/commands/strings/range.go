package strings

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// appendTo is APPEND. A key that does not exist is set: to an integer, if it is one.
func appendTo(c *engine.Call) {
	key, v := c.Args[1], c.Args[2]
	e, ok := c.Find(key, keyspace.String)
	if !ok {
		return
	}
	if !e.Exists() {
		if len(v) > keyspace.EmbedMax {
			v = c.Keep(2)
		}
		n := len(v)
		c.DB.SetString(e, key, v, 0)
		c.Notify(key, engine.NotifyNew, "new")
		c.Modified(key, engine.NotifyString, "append")
		c.Out.Int(int64(n))
		return
	}
	n := e.StringLen()
	if !fits(c, int64(n), int64(len(v))) {
		return
	}
	copy(c.DB.Extend(&e, key, n+len(v))[n:], v)
	c.Modified(key, engine.NotifyString, "append")
	c.Out.Int(int64(n + len(v)))
}

// fits replies an error and returns false if a string of size and more bytes is longer than proto-max-bulk-len allows.
func fits(c *engine.Call, size, more int64) bool {
	if size > math.MaxInt64-more || size+more > c.E.Config.ProtoMaxBulkLen {
		c.Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
		return false
	}
	return true
}

func setRange(c *engine.Call) {
	key, v := c.Args[1], c.Args[3]
	at, ok := c.Int(2)
	if !ok {
		return
	}
	if at < 0 {
		c.Error("ERR offset is out of range")
		return
	}
	e, ok := c.Find(key, keyspace.String)
	if !ok {
		return
	}
	isNew := !e.Exists()
	if len(v) == 0 {
		n := 0
		if !isNew {
			n = e.StringLen()
		}
		c.Out.Int(int64(n))
		return
	}
	if !fits(c, at, int64(len(v))) {
		return
	}
	s := c.DB.Extend(&e, key, int(at)+len(v))
	copy(s[at:], v)
	n := len(s)
	if isNew {
		c.Notify(key, engine.NotifyNew, "new")
	}
	c.Modified(key, engine.NotifyString, "setrange")
	c.Out.Int(int64(n))
}

// getRange is GETRANGE and SUBSTR.
func getRange(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	end, ok := c.Int(3)
	if !ok {
		return
	}
	e, ok := c.Read(c.Args[1], keyspace.String)
	if !ok {
		return
	}
	if !e.Exists() {
		c.Out.BulkString("")
		return
	}
	var digits [20]byte
	s := e.String(digits[:0])
	c.Out.Bulk(slice(s, start, end))
}

// slice returns the bytes from start to end, both included; negative ones count from the end of the string.
func slice(s []byte, start, end int64) []byte {
	n := int64(len(s))
	if start < 0 && end < 0 && start > end {
		return nil
	}
	if start < 0 {
		start = max(0, start+n)
	}
	if end < 0 {
		end = max(0, end+n)
	}
	end = min(end, n-1)
	if start > end {
		return nil
	}
	return s[start : end+1]
}
