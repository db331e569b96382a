// Package server has the commands about the server: INFO, COMMAND, SLOWLOG, LATENCY, TIME, SHUTDOWN and others.
package server

import (
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

const (
	ls = engine.Loading | engine.Stale
	as = engine.Admin | engine.Loading | engine.Stale
)

// Commands are the commands about the server.
var Commands = []engine.Command{
	{Name: "info", Arity: -1, Flags: ls, Run: info, Group: "server", Since: "1.0.0"},
	{Name: "time", Arity: 1, Flags: ls | engine.Fast, Run: now, Group: "server", Since: "2.6.0"},
	{Name: "shutdown", Arity: -1, Flags: as | engine.NoScript | engine.NoMulti | engine.AllowBusy, Run: shutdown, Group: "server", Since: "1.0.0"},
	{Name: "lolwut", Arity: -1, Flags: engine.ReadOnly | engine.Fast, Run: lolwut, Group: "server", Since: "5.0.0"},
	{Name: "command", Arity: -1, Flags: ls, Sub: commandCommands, Run: commandInfoAll, Group: "server", Since: "2.8.13"},
	{Name: "slowlog", Arity: -2, Sub: slowlogCommands, Group: "server", Since: "2.2.12"},
	{Name: "latency", Arity: -2, Sub: latencyCommands, Group: "server", Since: "2.8.13"},
	{Name: "function", Arity: -2, Sub: []engine.Command{
		// There are no functions, so all of them can be removed; tools do so to empty a server.
		{Name: "flush", Arity: -2, Flags: engine.NoScript | engine.Write, Run: functionFlush},
	}, Group: "scripting", Since: "7.0.0"},
	{Name: "save", Arity: 1, Flags: engine.Admin | engine.NoScript | engine.NoMulti, Run: notKept, Group: "server", Since: "1.0.0"},
	{Name: "bgsave", Arity: -1, Flags: engine.Admin | engine.NoScript, Run: notKept, Group: "server", Since: "1.0.0"},
	{Name: "bgrewriteaof", Arity: 1, Flags: engine.Admin | engine.NoScript, Run: notKept, Group: "server", Since: "1.0.0"},
}

// notKept refuses what would keep the dataset. The commands are there because tools ask whether they may run them.
func notKept(c *engine.Call) { c.Error("ERR persistence is not supported by this server") }

func now(c *engine.Call) {
	c.Out.Array(2)
	c.Out.BulkInt(c.E.Micros() / 1e6)
	c.Out.BulkInt(c.E.Micros() % 1e6)
}

func functionFlush(c *engine.Call) {
	if len(c.Args) > 3 {
		c.WrongSubcommand()
		return
	}
	if len(c.Args) == 3 && !c.Is(2, "async") && !c.Is(2, "sync") {
		c.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
		return
	}
	c.Out.OK()
}

func lolwut(c *engine.Call) {
	c.Out.Verbatim("txt", "Two hulls, one deck.\nRedis ver. "+engine.RedisVersion+"\n")
}

// shutdown ends the server. There is nothing to save, whatever the options say.
func shutdown(c *engine.Call) {
	abort, save := false, 0
	for i := 1; i < len(c.Args); i++ {
		switch c.Arg(i) {
		case "nosave":
			save |= 1
		case "save":
			save |= 2
		case "now", "force":
		case "abort":
			abort = true
		default:
			c.Syntax()
			return
		}
	}
	switch {
	case save == 3, abort && len(c.Args) > 2:
		c.Syntax()
	case save == 2:
		c.Error("ERR Errors trying to SHUTDOWN. Persistence is not supported: use SHUTDOWN NOSAVE")
	case abort:
		c.Error("ERR No shutdown in progress.")
	default:
		c.E.Stopping = true
		c.S.CloseAfter = true
	}
}
