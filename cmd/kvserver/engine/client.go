package engine

import (
	"strconv"
	"strings"
)

// clientCommands are the subcommands of CLIENT.
var clientCommands = []Command{
	{Name: "id", Arity: 2, Flags: NoScript | Loading | Stale, Run: func(c *Call) { c.Out.Int(int64(c.S.ID)) }},
	{Name: "info", Arity: 2, Flags: NoScript | Loading | Stale, Run: clientInfo},
	{Name: "list", Arity: -2, Flags: Admin | NoScript | Loading | Stale, Run: clientList},
	{Name: "kill", Arity: -3, Flags: Admin | NoScript | Loading | Stale, Run: clientKill},
	{Name: "setname", Arity: 3, Flags: NoScript | Loading | Stale, Run: clientSetName},
	{Name: "getname", Arity: 2, Flags: NoScript | Loading | Stale, Run: clientGetName},
	{Name: "reply", Arity: 3, Flags: NoScript | Loading | Stale, Run: clientReply},
	{Name: "no-evict", Arity: 3, Flags: Admin | NoScript | Loading | Stale, Run: clientNoEvict},
	{Name: "unblock", Arity: -3, Flags: Admin | NoScript | Loading | Stale, Run: clientUnblock},
	{Name: "pause", Arity: -3, Flags: Admin | NoScript | Loading | Stale, Run: clientPause},
	{Name: "unpause", Arity: 2, Flags: Admin | NoScript | Loading | Stale, Run: func(c *Call) { c.E.Unpause(); c.Out.OK() }},
	{Name: "getredir", Arity: 2, Flags: NoScript | Loading | Stale, Run: func(c *Call) { c.Out.Int(-1) }}, // no tracking
	{Name: "help", Arity: 2, Flags: Loading | Stale, Run: clientHelp},
}

func clientHelp(c *Call) {
	c.Help(
		"GETNAME", "    Return the name of the current connection.",
		"GETREDIR", "    Return -1: client tracking is not supported.",
		"ID", "    Return the ID of the current connection.",
		"INFO", "    Return information about the current connection.",
		"KILL <ip:port>", "    Kill the connection made from <ip:port>.",
		"KILL <option> <value> [<option> <value> [...]]", "    Kill connections. Options: ADDR, LADDR, TYPE, USER, SKIPME, ID.",
		"LIST [TYPE <type>] [ID <id> ...]", "    Return information about connections.",
		"NO-EVICT (ON|OFF)", "    Protect the connection from eviction.",
		"PAUSE <timeout> [WRITE|ALL]", "    Suspend commands of all clients for <timeout> milliseconds.",
		"REPLY (ON|OFF|SKIP)", "    Control the replies sent to the current connection.",
		"SETNAME <name>", "    Assign a name to the current connection.",
		"UNBLOCK <id> [TIMEOUT|ERROR]", "    Unblock a blocked connection.",
		"UNPAUSE", "    End a pause.",
	)
}

// Help replies the lines of a HELP subcommand, with those that all have.
func (c *Call) Help(lines ...string) {
	container := strings.ToUpper(c.Cmd.Name)
	if c.Cmd.parent != nil {
		container = strings.ToUpper(c.Cmd.parent.Name)
	}
	c.Out.Array(len(lines) + 3)
	c.Out.Simple(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, l := range lines {
		c.Out.Simple(l)
	}
	c.Out.Simple("HELP")
	c.Out.Simple("    Print this help.")
}

// describe returns the line of CLIENT LIST about a session.
func (e *Engine) describe(s *Session) string {
	var b strings.Builder
	field := func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name + "=" + value)
	}
	number := func(name string, n int64) { field(name, strconv.FormatInt(n, 10)) }
	flags := ""
	for _, f := range []struct {
		on     bool
		letter string
	}{{s.monitor, "O"}, {s.subs.count() > 0, "P"}, {s.multi.on || s.multi.running, "x"}, {s.block.on, "b"}, {s.multi.broken, "d"},
		{s.CloseAfter, "c"}, {s.Killed, "A"}, {s.noEvict, "e"}} {
		if f.on {
			flags += f.letter
		}
	}
	if flags == "" {
		flags = "N"
	}
	multi := int64(-1)
	if s.multi.on {
		multi = int64(len(s.multi.queue))
	}
	out := int64(s.Out.Len() + s.InFlight)
	events := "r"
	if out > 0 {
		events = "rw"
	}
	cmd := "NULL"
	if s.LastCmd != nil {
		cmd = s.LastCmd.FullName()
	}
	number("id", int64(s.ID))
	field("addr", s.Remote.String())
	field("laddr", s.Local.String())
	field("fd", strconv.FormatUint(s.ID, 10))
	field("name", s.Name)
	number("age", (e.now-s.Created)/1000)
	number("idle", (e.now-s.Active)/1000)
	field("flags", flags)
	number("db", int64(s.db.ID))
	number("sub", int64(len(s.subs.channels)))
	number("psub", int64(len(s.subs.patterns)))
	number("ssub", int64(len(s.subs.shards)))
	number("multi", multi)
	number("qbuf", int64(s.QueryBuffer))
	number("qbuf-free", 0)
	number("argv-mem", 0)
	number("multi-mem", int64(s.multi.bytes))
	number("rbs", int64(s.Out.Cap()))
	number("rbp", int64(s.Out.Cap()))
	number("obl", 0)
	number("oll", 0)
	number("omem", out)
	number("tot-mem", int64(s.QueryBuffer+s.Out.Cap()+s.InFlight+s.multi.bytes))
	field("events", events)
	field("cmd", cmd)
	field("user", "default")
	number("redir", -1)
	number("resp", int64(s.Out.Proto()))
	return b.String()
}

// kindOf returns the type of a session as of CLIENT LIST TYPE.
func kindOf(s *Session) string {
	if s.subs.count() > 0 {
		return "pubsub"
	}
	return "normal"
}

// sessionKind reports whether a word is a type of client; there are none of a replica or master.
func sessionKind(word string) bool {
	switch word {
	case "normal", "pubsub", "replica", "slave", "master":
		return true
	}
	return false
}

func clientInfo(c *Call) { c.Out.Verbatim("txt", c.E.describe(c.S)+"\n") }

func clientList(c *Call) {
	keep := func(*Session) bool { return true }
	switch {
	case len(c.Args) == 2:
	case len(c.Args) == 4 && c.Is(2, "type"):
		word := c.Arg(3)
		if !sessionKind(word) {
			c.Error("ERR Unknown client type '" + string(c.Args[3]) + "'")
			return
		}
		keep = func(s *Session) bool { return kindOf(s) == word }
	case len(c.Args) > 3 && c.Is(2, "id"):
		ids := map[uint64]bool{}
		for _, arg := range c.Args[3:] {
			id, ok := ParseInt(arg)
			if !ok {
				c.Error("ERR Invalid client ID")
				return
			}
			ids[uint64(id)] = true
		}
		keep = func(s *Session) bool { return ids[s.ID] }
	default:
		c.Syntax()
		return
	}
	var b strings.Builder
	for _, s := range c.E.byID() {
		if keep(s) {
			b.WriteString(c.E.describe(s))
			b.WriteByte('\n')
		}
	}
	c.Out.Verbatim("txt", b.String())
}

func clientSetName(c *Call) {
	name := string(c.Args[2])
	if !validName(name) {
		c.Error(errClientName)
		return
	}
	c.S.Name = name
	c.Out.OK()
}

func clientGetName(c *Call) {
	if c.S.Name == "" {
		c.Out.Null()
		return
	}
	c.Out.BulkString(c.S.Name)
}

func clientReply(c *Call) {
	switch {
	case c.Is(2, "on"):
		c.S.replyOff, c.S.skipThis, c.S.skipNext = false, false, false
		c.Out.OK()
	case c.Is(2, "off"):
		c.S.replyOff = true
	case c.Is(2, "skip"):
		if !c.S.replyOff {
			c.S.skipThis, c.S.skipNext = true, true
		}
	default:
		c.Syntax()
	}
}

func clientNoEvict(c *Call) {
	switch {
	case c.Is(2, "on"):
		c.S.noEvict = true
	case c.Is(2, "off"):
		c.S.noEvict = false
	default:
		c.Syntax()
		return
	}
	c.Out.OK()
}

func clientUnblock(c *Call) {
	text := ""
	switch {
	case len(c.Args) > 4:
		c.WrongSubcommand()
		return
	case len(c.Args) == 3, c.Is(3, "timeout"):
	case c.Is(3, "error"):
		text = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
	default:
		c.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		return
	}
	id, ok := c.Int(2)
	if !ok {
		return
	}
	s := c.E.sessions[uint64(id)]
	if s == nil || s.block.keys == nil || !c.E.Unblock(s, text) {
		c.Out.Int(0)
		return
	}
	c.Out.Int(1)
}

func clientPause(c *Call) {
	writeOnly := false
	switch {
	case len(c.Args) > 4:
		c.WrongSubcommand()
		return
	case len(c.Args) == 3, c.Is(3, "all"):
	case c.Is(3, "write"):
		writeOnly = true
	default:
		c.Error("ERR CLIENT PAUSE mode must be WRITE or ALL")
		return
	}
	ms, ok := ParseInt(c.Args[2])
	switch {
	case !ok:
		c.Error("ERR timeout is not an integer or out of range")
		return
	case ms < 0:
		c.Error("ERR timeout is negative")
		return
	case ms > 1<<62-c.E.now:
		c.Error("ERR timeout is out of range")
		return
	}
	c.E.Pause(c.E.now+ms, writeOnly)
	c.Out.OK()
}
