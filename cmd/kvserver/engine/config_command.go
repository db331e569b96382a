package engine

import (
	"fmt"
	"maps"
	"strings"
)

// configCommands are the subcommands of CONFIG.
var configCommands = []Command{
	{Name: "get", Arity: -3, Flags: Admin | NoScript | Loading | Stale, Run: configGet},
	{Name: "set", Arity: -4, Flags: Admin | NoScript | Loading | Stale, Run: configSet},
	{Name: "resetstat", Arity: 2, Flags: Admin | NoScript | Loading | Stale, Run: configResetStat},
	{Name: "rewrite", Arity: 2, Flags: Admin | NoScript | Loading | Stale, Run: func(c *Call) {
		c.Error("ERR CONFIG REWRITE is not supported: the configuration file is not written to")
	}},
	{Name: "help", Arity: 2, Flags: Loading | Stale, Run: func(c *Call) {
		c.Help(
			"GET <pattern>", "    Return parameters matching the glob-like <pattern> and their values.",
			"SET <directive> <value>", "    Set the configuration <directive> to <value>.",
			"RESETSTAT", "    Reset statistics reported by the INFO command.",
		)
	}},
}

// configGet replies the options whose names match, each once. One that is named without a pattern has the name that was
// given.
func configGet(c *Call) {
	mark, n := c.Out.Begin(), 0
	done := map[string]bool{}
	add := func(name string) {
		if value, ok := c.E.Config.Get(name); ok && !done[name] {
			done[name] = true
			c.Out.BulkString(name)
			c.Out.BulkString(value)
			n++
		}
	}
	for _, arg := range c.Args[2:] {
		pattern := string(arg)
		if !strings.ContainsAny(pattern, "[*?") {
			add(pattern)
			continue
		}
		for _, name := range OptionNames() {
			if _, o, _ := lookupOption(name); !o.hidden && MatchFold(pattern, []byte(name)) {
				add(name)
			}
		}
	}
	c.Out.EndMap(mark, n)
}

// configSet sets all options or, when one of them is wrong, none. All names are looked at before the first value.
func configSet(c *Call) {
	args := c.Args[2:]
	if len(args)%2 != 0 {
		c.Syntax()
		return
	}
	fail := func(i int, why string) {
		c.Error("ERR CONFIG SET failed (possibly related to argument '" + strings.ToLower(shown(args[i], len(args[i]))) + "') - " + why)
	}
	seen := map[string]bool{}
	for i := 0; i < len(args); i += 2 {
		given := strings.ToLower(string(args[i]))
		_, o, ok := lookupOption(given)
		switch {
		case !ok:
			c.Error("ERR Unknown option or number of arguments for CONFIG SET - '" + shown(args[i], len(args[i])) + "'")
			return
		case o.fixed:
			fail(i, "can't set immutable config")
			return
		case seen[given]:
			fail(i, "duplicate parameter")
			return
		}
		seen[given] = true
		if o.secret {
			c.Secret(2 + i + 1)
		}
	}
	next := *c.E.Config
	next.Extra = maps.Clone(c.E.Config.Extra)
	for i := 0; i < len(args); i += 2 {
		if err := next.Set(string(args[i]), string(args[i+1])); err != nil {
			fail(i, err.Error())
			return
		}
	}
	if room := c.E.Server.ClientRoom; seen["maxclients"] && room != nil {
		if most := room(next.MaxClients); most < next.MaxClients {
			c.Error(fmt.Sprintf("ERR CONFIG SET failed (possibly related to argument 'maxclients') - "+
				"The operating system is not able to handle the specified number of clients, try with %d", most))
			return
		}
	}
	*c.E.Config = next
	c.E.Apply()
	c.Out.OK()
}

func configResetStat(c *Call) {
	e := c.E
	e.Stats = Stats{Errors: map[string]uint64{}, PeakMemory: int64(e.Store.Used()), Dirty: e.Stats.Dirty}
	e.Store.Stats.Hits, e.Store.Stats.Misses, e.Store.Stats.Expired, e.Store.Stats.Evicted, e.Store.Stats.LazyFreed = 0, 0, 0, 0, 0
	for _, cmd := range e.commands {
		cmd.Usage = Usage{}
		for _, sub := range cmd.subs {
			sub.Usage = Usage{}
		}
	}
	c.Out.OK()
}
