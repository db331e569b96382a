package keys

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

var objectCommands = []engine.Command{
	{Name: "encoding", Arity: 3, Flags: r, First: 2, Last: 2, Step: 1, Run: object(encoding),
		Summary: "Inspect the internal encoding of a value", Since: "2.2.3"},
	{Name: "freq", Arity: 3, Flags: r, First: 2, Last: 2, Step: 1, Run: object(frequency),
		Summary: "Get the logarithmic access frequency counter of a key", Since: "4.0.0"},
	{Name: "idletime", Arity: 3, Flags: r, First: 2, Last: 2, Step: 1, Run: object(idleTime),
		Summary: "Get the time since a key was last accessed", Since: "2.2.3"},
	{Name: "refcount", Arity: 3, Flags: r, First: 2, Last: 2, Step: 1, Run: object(references),
		Summary: "Get the number of references to the value of the key", Since: "2.2.3"},
	{Name: "help", Arity: 2, Flags: ls, Run: objectHelp,
		Summary: "Show helpful text about the different subcommands", Since: "6.2.0"},
}

// object replies about a key, or null if it does not exist.
func object(fn func(*engine.Call, keyspace.Entry)) func(*engine.Call) {
	return func(c *engine.Call) {
		e := c.DB.Peek(c.Args[2])
		if !e.Exists() {
			c.Out.Null()
			return
		}
		fn(c, e)
	}
}

// EncodingName returns the representation of a value by the name that Redis 7.0 has for it, where every list is a quicklist.
func EncodingName(e keyspace.Entry) string {
	if e.Type() == keyspace.List {
		return keyspace.Quicklist.String()
	}
	return e.Encoding().String()
}

func encoding(c *engine.Call, e keyspace.Entry) { c.Out.BulkString(EncodingName(e)) }

// Redis has one object for each of the small integers, and says so with the largest count.
const (
	sharedIntegers = 10000
	sharedCount    = math.MaxInt32
)

// references replies as if small integers were shared. Here, no two keys share a value.
func references(c *engine.Call, e keyspace.Entry) {
	n := int64(1)
	if e.Type() == keyspace.String && e.Encoding() == keyspace.Int {
		if v, ok := e.Int(); ok && 0 <= v && v < sharedIntegers {
			n = sharedCount
		}
	}
	c.Out.Int(n)
}

// errSwitched is the end of an error about a policy.
const errSwitched = " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."

func frequency(c *engine.Call, e keyspace.Entry) {
	if !c.E.Store.Policy.Frequency() {
		c.Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked." + errSwitched)
		return
	}
	c.Out.Int(int64(e.Frequency()))
}

func idleTime(c *engine.Call, e keyspace.Entry) {
	if c.E.Store.Policy.Frequency() {
		c.Error("ERR An LFU maxmemory policy is selected, idle time not tracked." + errSwitched)
		return
	}
	c.Out.Int(e.Idle())
}

func objectHelp(c *engine.Call) {
	c.Help(
		"ENCODING <key>", "    Return how the value of <key> is represented.",
		"FREQ <key>", "    Return the access frequency of <key>, on a logarithmic scale.",
		"IDLETIME <key>", "    Return the seconds since the last access to <key>.",
		"REFCOUNT <key>", "    Return the number of references to the value of <key>.",
	)
}
