package server

import (
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

var commandCommands = []engine.Command{
	{Name: "count", Arity: 2, Flags: ls, Run: func(c *engine.Call) { c.Out.Int(int64(len(c.E.Commands()))) }},
	{Name: "info", Arity: -2, Flags: ls, Run: commandInfo},
	{Name: "docs", Arity: -2, Flags: ls, Run: commandDocs},
	{Name: "list", Arity: -2, Flags: ls, Run: commandList},
	{Name: "getkeys", Arity: -4, Flags: ls, Run: commandGetKeys},
	{Name: "help", Arity: 2, Flags: ls, Run: func(c *engine.Call) {
		c.Help(
			"(no subcommand)", "    Return details about all commands.",
			"COUNT", "    Return the number of commands.",
			"DOCS [<command-name> ...]", "    Return documentation about commands.",
			"GETKEYS <full-command>", "    Return the keys from a full command.",
			"INFO [<command-name> ...]", "    Return details about commands.",
			"LIST [FILTERBY (ACLCAT <category>|PATTERN <pattern>|MODULE <name>)]", "    Return the names of commands.",
		)
	}},
}

func commandInfoAll(c *engine.Call) {
	names := c.E.CommandNames()
	c.Out.Array(len(names))
	for _, name := range names {
		describe(c, c.E.Lookup(name))
	}
}

func commandInfo(c *engine.Call) {
	if len(c.Args) == 2 {
		commandInfoAll(c)
		return
	}
	c.Out.Array(len(c.Args) - 2)
	for i := range c.Args[2:] {
		describe(c, named(c, i+2))
	}
}

// named returns the command, or container|subcommand, that an argument names, or nil.
func named(c *engine.Call, i int) *engine.Command {
	name, sub, isSub := strings.Cut(c.Arg(i), "|")
	cmd := c.E.Lookup(name)
	if cmd != nil && isSub {
		cmd = cmd.Subcommand(sub)
	}
	return cmd
}

// categories returns the categories of access control that a command is in.
func categories(cmd *engine.Command) []string {
	f := cmd.Flags
	var list []string
	add := func(on bool, name string) {
		if on {
			list = append(list, "@"+name)
		}
	}
	group := cmd.Group
	if cmd.Parent() != nil {
		group = cmd.Parent().Group
	}
	add(f&engine.Write != 0, "write")
	add(f&engine.ReadOnly != 0, "read")
	switch group {
	case "generic":
		add(true, "keyspace")
	case "string", "list", "set", "hash", "bitmap", "pubsub", "connection", "scripting":
		add(true, group)
	case "sorted-set":
		add(true, "sortedset")
	case "transactions":
		add(true, "transaction")
	}
	add(f&engine.Admin != 0, "admin")
	add(f&engine.Admin != 0, "dangerous")
	add(f&engine.Blocking != 0, "blocking")
	add(f&engine.Fast != 0, "fast")
	add(f&engine.Fast == 0, "slow")
	return list
}

// describe replies the ten fields of COMMAND INFO.
func describe(c *engine.Call, cmd *engine.Command) {
	if cmd == nil {
		c.Out.Null()
		return
	}
	c.Out.Array(10)
	c.Out.BulkString(cmd.FullName())
	c.Out.Int(int64(cmd.Arity))
	mark, n := c.Out.Begin(), 0
	for i, name := range engine.FlagNames {
		if cmd.Flags&(1<<i) != 0 {
			c.Out.Simple(name)
			n++
		}
	}
	c.Out.EndSet(mark, n)
	c.Out.Int(int64(cmd.First))
	c.Out.Int(int64(cmd.Last))
	c.Out.Int(int64(cmd.Step))
	list := categories(cmd)
	c.Out.Set(len(list))
	for _, name := range list {
		c.Out.Simple(name)
	}
	c.Out.Array(0) // tips
	keySpecs(c, cmd)
	mark, n = c.Out.Begin(), 0
	cmd.Subcommands(func(sub *engine.Command) {
		describe(c, sub)
		n++
	})
	c.Out.EndArray(mark, n)
}

// keySpecs replies where the keys of a command are, if it can be said by first, last and step.
func keySpecs(c *engine.Call, cmd *engine.Command) {
	if cmd.First == 0 {
		c.Out.Array(0)
		return
	}
	last := cmd.Last
	if last > 0 {
		last -= cmd.First // relative to the first
	}
	c.Out.Array(1)
	c.Out.Map(3)
	c.Out.BulkString("flags")
	c.Out.Set(1)
	if cmd.Flags&engine.Write != 0 {
		c.Out.Simple("RW")
	} else {
		c.Out.Simple("RO")
	}
	c.Out.BulkString("begin_search")
	c.Out.Map(2)
	c.Out.BulkString("type")
	c.Out.BulkString("index")
	c.Out.BulkString("spec")
	c.Out.Map(1)
	c.Out.BulkString("index")
	c.Out.Int(int64(cmd.First))
	c.Out.BulkString("find_keys")
	c.Out.Map(2)
	c.Out.BulkString("type")
	c.Out.BulkString("range")
	c.Out.BulkString("spec")
	c.Out.Map(3)
	c.Out.BulkString("lastkey")
	c.Out.Int(int64(last))
	c.Out.BulkString("keystep")
	c.Out.Int(int64(cmd.Step))
	c.Out.BulkString("limit")
	c.Out.Int(0)
}

func commandDocs(c *engine.Call) {
	mark, n := c.Out.Begin(), 0
	if len(c.Args) == 2 {
		for _, name := range c.E.CommandNames() {
			docs(c, c.E.Lookup(name))
			n++
		}
	}
	for i := range c.Args[2:] {
		if cmd := named(c, i+2); cmd != nil {
			docs(c, cmd)
			n++
		}
	}
	c.Out.EndMap(mark, n)
}

func docs(c *engine.Call, cmd *engine.Command) {
	c.Out.BulkString(cmd.FullName())
	mark, n := c.Out.Begin(), 0
	for _, field := range [][2]string{{"summary", cmd.Summary}, {"since", cmd.Since}, {"group", cmd.Group}} {
		if field[1] != "" {
			c.Out.BulkString(field[0])
			c.Out.BulkString(field[1])
			n++
		}
	}
	if len(cmd.Sub) > 0 {
		c.Out.BulkString("subcommands")
		c.Out.Map(len(cmd.Sub))
		cmd.Subcommands(func(sub *engine.Command) { docs(c, sub) })
		n++
	}
	c.Out.EndMap(mark, n)
}

func commandList(c *engine.Call) {
	keep := func(*engine.Command) bool { return true }
	if len(c.Args) > 2 {
		if len(c.Args) != 5 || !c.Is(2, "filterby") {
			c.Syntax()
			return
		}
		switch value := string(c.Args[4]); c.Arg(3) {
		case "aclcat":
			keep = func(cmd *engine.Command) bool {
				for _, name := range categories(cmd) {
					if name == "@"+strings.ToLower(value) {
						return true
					}
				}
				return false
			}
		case "pattern":
			keep = func(cmd *engine.Command) bool { return engine.MatchFold(value, []byte(cmd.FullName())) }
		case "module":
			keep = func(*engine.Command) bool { return false }
		default:
			c.Syntax()
			return
		}
	}
	mark, n := c.Out.Begin(), 0
	add := func(cmd *engine.Command) {
		if keep(cmd) {
			c.Out.BulkString(cmd.FullName())
			n++
		}
	}
	for _, name := range c.E.CommandNames() {
		cmd := c.E.Lookup(name)
		add(cmd)
		cmd.Subcommands(add)
	}
	c.Out.EndArray(mark, n)
}

func commandGetKeys(c *engine.Call) {
	args := c.Args[2:]
	cmd := named(c, 2)
	if cmd != nil && len(cmd.Sub) > 0 && len(args) > 1 {
		cmd = cmd.Subcommand(string(args[1]))
	}
	switch {
	case cmd == nil:
		c.Error("ERR Invalid command specified")
		return
	case cmd.First == 0 && cmd.Keys == nil:
		c.Error("ERR The command has no key arguments")
		return
	case cmd.Arity > 0 && len(args) != cmd.Arity || len(args) < -cmd.Arity:
		c.Error("ERR Invalid number of arguments specified for command")
		return
	}
	keys, err := cmd.KeyPositions(args)
	if err != nil || len(keys) == 0 {
		c.Error("ERR Invalid arguments specified for command")
		return
	}
	c.Out.Array(len(keys))
	for _, i := range keys {
		c.Out.Bulk(args[i])
	}
}
