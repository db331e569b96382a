package server

import (
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

var slowlogCommands = []engine.Command{
	{Name: "get", Arity: -2, Flags: as, Run: slowlogGet},
	{Name: "len", Arity: 2, Flags: as, Run: func(c *engine.Call) { c.Out.Int(int64(len(c.E.Slowlog()))) }},
	{Name: "reset", Arity: 2, Flags: as, Run: func(c *engine.Call) { c.E.ResetSlowlog(); c.Out.OK() }},
	{Name: "help", Arity: 2, Flags: ls, Run: func(c *engine.Call) {
		c.Help(
			"GET [<count>]", "    Return the newest <count> slow commands, 10 if it is left out, all for -1: id, time,",
			"    microseconds, arguments, client, client's name.",
			"LEN", "    Return the number of slow commands that are kept.",
			"RESET", "    Forget them.",
		)
	}},
}

func slowlogGet(c *engine.Call) {
	n := int64(10)
	if len(c.Args) > 3 {
		c.WrongSubcommand()
		return
	}
	if len(c.Args) == 3 {
		var ok bool
		if n, ok = engine.ParseInt(c.Args[2]); !ok || n < -1 {
			c.Error("ERR count should be greater than or equal to -1")
			return
		}
	}
	calls := c.E.Slowlog()
	if n >= 0 && n < int64(len(calls)) {
		calls = calls[int64(len(calls))-n:]
	}
	c.Out.Array(len(calls))
	for _, call := range slices.Backward(calls) {
		c.Out.Array(6)
		c.Out.Int(call.ID)
		c.Out.Int(call.At)
		c.Out.Int(call.Micros)
		c.Out.Array(len(call.Args))
		for _, arg := range call.Args {
			c.Out.Bulk(arg)
		}
		c.Out.BulkString(call.Remote)
		c.Out.BulkString(call.Name)
	}
}
