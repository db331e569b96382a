package engine

import "math"

// own are the commands that are about sessions.
var own = []Command{
	{Name: "multi", Arity: 1, Flags: NoScript | Loading | Stale | Fast | AllowBusy, Run: multi, Group: "transactions"},
	{Name: "exec", Arity: 1, Flags: NoScript | Loading | Stale | SkipSlowLog, Run: exec, Group: "transactions"},
	{Name: "discard", Arity: 1, Flags: NoScript | Loading | Stale | Fast | AllowBusy, Run: discard, Group: "transactions"},
	{Name: "watch", Arity: -2, Flags: NoScript | Loading | Stale | Fast | AllowBusy, First: 1, Last: -1, Step: 1, Run: watch, Group: "transactions"},
	{Name: "unwatch", Arity: 1, Flags: NoScript | Loading | Stale | Fast | AllowBusy, Run: unwatch, Group: "transactions"},

	{Name: "subscribe", Arity: -2, Flags: PubSub | NoScript | Loading | Stale, Run: func(c *Call) { subscribe(c, &byChannel) }, Group: "pubsub"},
	{Name: "unsubscribe", Arity: -1, Flags: PubSub | NoScript | Loading | Stale, Run: func(c *Call) { unsubscribe(c, &byChannel) }, Group: "pubsub"},
	{Name: "psubscribe", Arity: -2, Flags: PubSub | NoScript | Loading | Stale, Run: func(c *Call) { subscribe(c, &byPattern) }, Group: "pubsub"},
	{Name: "punsubscribe", Arity: -1, Flags: PubSub | NoScript | Loading | Stale, Run: func(c *Call) { unsubscribe(c, &byPattern) }, Group: "pubsub"},
	{Name: "ssubscribe", Arity: -2, Flags: PubSub | NoScript | Loading | Stale, First: 1, Last: -1, Step: 1, Run: func(c *Call) { subscribe(c, &byShard) }, Group: "pubsub"},
	{Name: "sunsubscribe", Arity: -1, Flags: PubSub | NoScript | Loading | Stale, First: 1, Last: -1, Step: 1, Run: func(c *Call) { unsubscribe(c, &byShard) }, Group: "pubsub"},
	{Name: "publish", Arity: 3, Flags: PubSub | Loading | Stale | Fast | MayReplicate, Group: "pubsub",
		Run: func(c *Call) { c.Out.Int(int64(c.E.publish(c.Args[1], c.Args[2]))) }},
	{Name: "spublish", Arity: 3, Flags: PubSub | Loading | Stale | Fast | MayReplicate, First: 1, Last: 1, Step: 1, Group: "pubsub",
		Run: func(c *Call) { c.Out.Int(int64(c.E.publishShard(c.Args[1], c.Args[2]))) }},

	{Name: "pubsub", Arity: -2, Sub: pubsubCommands, Group: "pubsub"},
	{Name: "monitor", Arity: 1, Flags: Admin | NoScript | Loading | Stale, Run: monitorCommand, Group: "server"},
	{Name: "config", Arity: -2, Sub: configCommands, Group: "server"},
	{Name: "client", Arity: -2, Sub: clientCommands, Group: "connection"},
	{Name: "ping", Arity: -1, Flags: Fast, Run: ping, Group: "connection"},
	{Name: "echo", Arity: 2, Flags: Fast, Run: func(c *Call) { c.Out.Bulk(c.Args[1]) }, Group: "connection"},
	{Name: "select", Arity: 2, Flags: Loading | Stale | Fast, Run: selectDB, Group: "connection"},
	{Name: "auth", Arity: -2, Flags: NoScript | Loading | Stale | Fast | NoAuth | AllowBusy, Run: auth, Group: "connection"},
	{Name: "hello", Arity: -1, Flags: NoScript | Loading | Stale | Fast | NoAuth | AllowBusy, Run: hello, Group: "connection"},
	{Name: "reset", Arity: 1, Flags: NoScript | Loading | Stale | Fast | NoAuth | AllowBusy, Run: reset, Group: "connection"},
	{Name: "quit", Arity: -1, Flags: AllowBusy | Fast | NoAuth | NoScript | Loading | Stale, Run: quit, Group: "connection"},
}

func ping(c *Call) {
	switch {
	case len(c.Args) > 2:
		c.Error("ERR wrong number of arguments for 'ping' command")
	case c.S.subs.count() > 0 && c.Out.Proto() == 2:
		c.Out.Array(2)
		c.Out.BulkString("pong")
		if len(c.Args) == 2 {
			c.Out.Bulk(c.Args[1])
		} else {
			c.Out.BulkString("")
		}
	case len(c.Args) == 2:
		c.Out.Bulk(c.Args[1])
	default:
		c.Out.Simple("PONG")
	}
}

func selectDB(c *Call) {
	n, ok := c.Int(1)
	switch {
	case !ok:
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Error("ERR value is out of range, value must between -2147483648 and 2147483647")
	case n < 0 || n >= int64(c.E.Store.Databases()):
		c.Error("ERR DB index is out of range")
	default:
		c.S.db = c.E.Store.DB(int(n))
		c.Out.OK()
	}
}

func quit(c *Call) {
	c.Out.OK()
	c.S.CloseAfter = true
}
