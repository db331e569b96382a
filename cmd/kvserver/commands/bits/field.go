package bits

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// A field is one operation of BITFIELD.
type field struct {
	verb     verb
	overflow overflow
	integer
	at    int64 // bit
	value int64
}

type verb uint8

const (
	fieldGet verb = iota
	fieldSet
	fieldIncr
)

// An overflow says what becomes of a value that the type cannot hold.
type overflow uint8

const (
	wrap overflow = iota
	saturate
	fail
)

func bitField(c *engine.Call, readOnly bool) {
	var fields []field
	for i, how := 2, wrap; i < len(c.Args); {
		if c.Is(i, "overflow") && i+1 < len(c.Args) {
			switch {
			case c.Is(i+1, "wrap"):
				how = wrap
			case c.Is(i+1, "sat"):
				how = saturate
			case c.Is(i+1, "fail"):
				how = fail
			default:
				c.Error("ERR Invalid OVERFLOW type specified")
				return
			}
			i += 2
			continue
		}
		f, next, ok := parseField(c, i)
		if !ok {
			return
		}
		f.overflow = how
		fields = append(fields, f)
		i = next
	}
	end := int64(0) // of what is written
	for _, f := range fields {
		if f.verb != fieldGet {
			end = max(end, f.at+int64(f.bits))
		}
	}
	var digits [20]byte
	var s []byte
	longer := false
	switch {
	case end == 0:
		e, ok := c.Read(c.Args[1], keyspace.String)
		if !ok {
			return
		}
		if e.Exists() {
			s = e.String(digits[:0])
		}
	case readOnly:
		c.Error("ERR BITFIELD_RO only supports the GET subcommand")
		return
	default:
		var ok bool
		if s, longer, ok = extend(c, int((end-1)>>3)+1); !ok {
			return
		}
	}
	c.Out.Array(len(fields))
	changes := 0
	for _, f := range fields {
		if f.run(c, s, longer) {
			changes++
		}
	}
	if changes > 0 {
		c.Modified(c.Args[1], engine.NotifyString, "setbit")
		c.Dirty(changes - 1)
	}
}

// parseField reads an operation from argument i on, and returns where the next begins.
func parseField(c *engine.Call, i int) (f field, next int, ok bool) {
	n := 4
	switch {
	case c.Is(i, "get"):
		n = 3
	case c.Is(i, "set"):
		f.verb = fieldSet
	case c.Is(i, "incrby"):
		f.verb = fieldIncr
	default:
		n = math.MaxInt
	}
	if n > len(c.Args)-i {
		c.Syntax()
		return f, 0, false
	}
	if f.integer, ok = parseInteger(c.Args[i+1]); !ok {
		c.Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
		return f, 0, false
	}
	if f.at, ok = fieldOffset(c, i+2, f.bits); ok && n == 4 {
		f.value, ok = c.Int(i + 3)
	}
	return f, i + n, ok
}

// fieldOffset is offset with a form for arrays: "#3" is three fields from the beginning.
func fieldOffset(c *engine.Call, i, bits int) (int64, bool) {
	arg := c.Args[i]
	if len(arg) == 0 || arg[0] != '#' {
		return offset(c, i)
	}
	n, ok := engine.ParseInt(arg[1:])
	if !ok || n < 0 || n > math.MaxInt64/int64(bits) || n*int64(bits)>>3 >= c.E.Config.ProtoMaxBulkLen {
		c.Error(errOffset)
		return 0, false
	}
	return n * int64(bits), true
}

// run runs an operation, writes its reply, and reports whether it counts as a change: if it has written to a string that has
// become longer, or another value.
func (f *field) run(c *engine.Call, s []byte, longer bool) bool {
	old := f.load(s, f.at)
	if f.verb == fieldGet {
		c.Out.Int(old)
		return false
	}
	base, by := f.value, int64(0)
	if f.verb == fieldIncr {
		base, by = old, f.value
	}
	value, fits := f.add(base, by, f.overflow)
	if !fits && f.overflow == fail {
		c.Out.Null()
		return false
	}
	f.store(s, f.at, value)
	if f.verb == fieldSet {
		c.Out.Int(old)
	} else {
		c.Out.Int(value)
	}
	return longer || value != old
}
