package keys

import (
	"math"
	"strconv"
	"strings"

	cursors "github.com/catamaran-os/catamaran/cmd/kvserver/commands/scan"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func keys(c *engine.Call) {
	pattern := string(c.Args[1])
	n, m := 0, c.Out.Begin()
	c.DB.All(func(e keyspace.Entry) bool {
		if key := e.Key(); pattern == "*" || engine.Match(pattern, key) {
			c.Out.Bulk(key)
			n++
		}
		return true
	})
	c.Out.EndArray(m, n)
}

func randomKey(c *engine.Call) {
	e := c.DB.Random(c.DB.Store().Rand)
	if !e.Exists() {
		c.Out.Null()
		return
	}
	c.Out.Bulk(e.Key())
}

func dbSize(c *engine.Call) { c.Out.Int(int64(c.DB.Len())) }

// scanDefault is COUNT if it is not given.
const scanDefault = 10

func scan(c *engine.Call) {
	cursor, ok := cursors.Cursor(c, 1)
	if !ok {
		return
	}
	count, pattern, typ, typed := int64(scanDefault), "*", "", false
	for i := 2; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case more && c.Is(i, "count"):
			if count, ok = c.Int(i + 1); !ok {
				return
			}
			if count < 1 {
				c.Syntax()
				return
			}
		case more && c.Is(i, "match"):
			pattern = string(c.Args[i+1])
		case more && c.Is(i, "type"):
			typ, typed = strings.ToLower(string(c.Args[i+1])), true
		default:
			c.Syntax()
			return
		}
	}
	var found []keyspace.Entry
	seen := int64(0)
	steps := min(count, math.MaxInt64/scanDefault) * scanDefault // in a table that is nearly empty
	for {
		cursor = c.DB.Scan(cursor, func(e keyspace.Entry) {
			seen++
			if typed && e.Type().String() != typ || pattern != "*" && !engine.Match(pattern, e.Key()) {
				return
			}
			found = append(found, e)
		})
		steps--
		if cursor == 0 || steps <= 0 || seen >= count {
			break
		}
	}
	c.Out.Array(2)
	c.Out.BulkString(strconv.FormatUint(cursor, 10))
	c.Out.Array(len(found))
	for _, e := range found {
		c.Out.Bulk(e.Key())
	}
}
