package engine

// pubsubCommands are the subcommands of PUBSUB.
var pubsubCommands = []Command{
	{Name: "channels", Arity: -2, Flags: PubSub | Loading | Stale, Run: func(c *Call) { listChannels(c, c.E.channels.byName) }},
	{Name: "shardchannels", Arity: -2, Flags: PubSub | Loading | Stale, Run: func(c *Call) { listChannels(c, c.E.channels.byShard) }},
	{Name: "numsub", Arity: -2, Flags: PubSub | Loading | Stale, Run: func(c *Call) { countChannels(c, c.E.channels.byName) }},
	{Name: "shardnumsub", Arity: -2, Flags: PubSub | Loading | Stale, Run: func(c *Call) { countChannels(c, c.E.channels.byShard) }},
	{Name: "numpat", Arity: 2, Flags: PubSub | Loading | Stale, Run: func(c *Call) { c.Out.Int(int64(len(c.E.channels.patterns))) }},
	{Name: "help", Arity: 2, Flags: Loading | Stale, Run: func(c *Call) {
		c.Help(
			"CHANNELS [<pattern>]", "    Return the active channels, or those that match a pattern.",
			"NUMPAT", "    Return the number of patterns that are subscribed to.",
			"NUMSUB [<channel> ...]", "    Return the number of subscribers of channels.",
			"SHARDCHANNELS [<pattern>]", "    Return the active shard channels, or those that match a pattern.",
			"SHARDNUMSUB [<shardchannel> ...]", "    Return the number of subscribers of shard channels.",
		)
	}},
}

func listChannels(c *Call, all map[string]map[*Session]struct{}) {
	if len(c.Args) > 3 {
		c.WrongSubcommand()
		return
	}
	mark, n := c.Out.Begin(), 0
	for name := range all {
		if len(c.Args) == 3 && !Match(string(c.Args[2]), []byte(name)) {
			continue
		}
		c.Out.BulkString(name)
		n++
	}
	c.Out.EndArray(mark, n)
}

func countChannels(c *Call, all map[string]map[*Session]struct{}) {
	names := c.Args[2:]
	c.Out.Array(2 * len(names))
	for _, name := range names {
		c.Out.Bulk(name)
		c.Out.Int(int64(len(all[string(name)])))
	}
}
