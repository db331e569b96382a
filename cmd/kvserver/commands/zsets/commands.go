// Package zsets has the commands of sorted sets.
//
// All commands that take a range, of ranks, scores or members, turn it into an interval of ranks first (interval.go), and
// reply, count, remove or store that. Unions, intersections and differences gather their result in a zset.Builder and take
// plain sets as sources, too, with a score of 1 for each member (source.go).
//
// In short: parse, find the zset.Set, and let package zset do it in whichever form it has.
package zsets

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	read  = engine.ReadOnly
	write = engine.Write
	oom   = engine.DenyOOM
	fast  = engine.Fast
	moves = engine.MovableKeys
)

// Commands is the family's part of the command table.
var Commands = []engine.Command{
	{Name: "zadd", Arity: -4, Flags: write | oom | fast, First: 1, Last: 1, Step: 1, Run: zadd, Since: "1.2.0",
		Summary: "Add one or more members to a sorted set, or update its score if it already exists"},
	{Name: "zincrby", Arity: 4, Flags: write | oom | fast, First: 1, Last: 1, Step: 1, Run: zincrby, Since: "1.2.0",
		Summary: "Increment the score of a member in a sorted set"},
	{Name: "zrem", Arity: -3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: zrem, Since: "1.2.0",
		Summary: "Remove one or more members from a sorted set"},
	{Name: "zremrangebyrank", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zremrange(c, byRank) },
		Since: "2.0.0", Summary: "Remove all members in a sorted set within the given indexes"},
	{Name: "zremrangebyscore", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zremrange(c, byScore) },
		Since: "1.2.0", Summary: "Remove all members in a sorted set within the given scores"},
	{Name: "zremrangebylex", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zremrange(c, byLex) },
		Since: "2.8.9", Summary: "Remove all members in a sorted set between the given lexicographical range"},

	{Name: "zcard", Arity: 2, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: zcard, Since: "1.2.0",
		Summary: "Get the number of members in a sorted set"},
	{Name: "zcount", Arity: 4, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zcount(c, byScore) },
		Since: "2.0.0", Summary: "Count the members in a sorted set with scores within the given values"},
	{Name: "zlexcount", Arity: 4, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zcount(c, byLex) },
		Since: "2.8.9", Summary: "Count the number of members in a sorted set between a given lexicographical range"},
	{Name: "zscore", Arity: 3, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: zscore, Since: "1.2.0",
		Summary: "Get the score associated with the given member in a sorted set"},
	{Name: "zmscore", Arity: -3, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: zmscore, Since: "6.2.0",
		Summary: "Get the score associated with the given members in a sorted set"},
	{Name: "zrank", Arity: 3, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zrank(c, false) },
		Since: "2.0.0", Summary: "Determine the index of a member in a sorted set"},
	{Name: "zrevrank", Arity: 3, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zrank(c, true) },
		Since: "2.0.0", Summary: "Determine the index of a member in a sorted set, with scores ordered from high to low"},
	{Name: "zrandmember", Arity: -2, Flags: read, First: 1, Last: 1, Step: 1, Run: zrandmember, Since: "6.2.0",
		Summary: "Get one or multiple random elements from a sorted set"},
	{Name: "zscan", Arity: -3, Flags: read, First: 1, Last: 1, Step: 1, Run: zscan, Since: "2.8.0",
		Summary: "Incrementally iterate sorted sets elements and associated scores"},

	{Name: "zrange", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zrange(c, &query{}) },
		Since: "1.2.0", Summary: "Return a range of members in a sorted set"},
	{Name: "zrangestore", Arity: -5, Flags: write | oom, First: 1, Last: 2, Step: 1, Run: zrangestore, Since: "6.2.0",
		Summary: "Store a range of members from sorted set into another key"},
	{Name: "zrevrange", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { zrange(c, &query{fixedKind: true, fixedOrder: true, reverse: true}) },
		Since: "1.2.0", Summary: "Return a range of members in a sorted set, by index, with scores ordered from high to low"},
	{Name: "zrangebyscore", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { zrange(c, &query{fixedKind: true, fixedOrder: true, kind: byScore}) },
		Since: "1.0.5", Summary: "Return a range of members in a sorted set, by score"},
	{Name: "zrevrangebyscore", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1,
		Run: func(c *engine.Call) {
			zrange(c, &query{fixedKind: true, fixedOrder: true, reverse: true, kind: byScore})
		},
		Since: "2.2.0", Summary: "Return a range of members in a sorted set, by score, with scores ordered from high to low"},
	{Name: "zrangebylex", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { zrange(c, &query{fixedKind: true, fixedOrder: true, kind: byLex}) },
		Since: "2.8.9", Summary: "Return a range of members in a sorted set, by lexicographical range"},
	{Name: "zrevrangebylex", Arity: -4, Flags: read, First: 1, Last: 1, Step: 1,
		Run:   func(c *engine.Call) { zrange(c, &query{fixedKind: true, fixedOrder: true, reverse: true, kind: byLex}) },
		Since: "2.8.9", Summary: "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings."},

	{Name: "zunionstore", Arity: -4, Flags: write | oom | moves, First: 1, Last: 1, Step: 1, Keys: numbered(2, 1), Since: "2.0.0",
		Run: func(c *engine.Call) { combineInto(c, union) }, Summary: "Add multiple sorted sets and store the resulting sorted set in a new key"},
	{Name: "zinterstore", Arity: -4, Flags: write | oom | moves, First: 1, Last: 1, Step: 1, Keys: numbered(2, 1), Since: "2.0.0",
		Run: func(c *engine.Call) { combineInto(c, inter) }, Summary: "Intersect multiple sorted sets and store the resulting sorted set in a new key"},
	{Name: "zdiffstore", Arity: -4, Flags: write | oom | moves, First: 1, Last: 1, Step: 1, Keys: numbered(2, 1), Since: "6.2.0",
		Run: func(c *engine.Call) { combineInto(c, diff) }, Summary: "Subtract multiple sorted sets and store the resulting sorted set in a new key"},
	{Name: "zunion", Arity: -3, Flags: read | moves, Keys: numbered(1), Since: "6.2.0",
		Run: func(c *engine.Call) { combine(c, union) }, Summary: "Add multiple sorted sets"},
	{Name: "zinter", Arity: -3, Flags: read | moves, Keys: numbered(1), Since: "6.2.0",
		Run: func(c *engine.Call) { combine(c, inter) }, Summary: "Intersect multiple sorted sets"},
	{Name: "zdiff", Arity: -3, Flags: read | moves, Keys: numbered(1), Since: "6.2.0",
		Run: func(c *engine.Call) { combine(c, diff) }, Summary: "Subtract multiple sorted sets"},
	{Name: "zintercard", Arity: -3, Flags: read | moves, Keys: numbered(1), Run: zintercard, Since: "7.0.0",
		Summary: "Intersect multiple sorted sets and return the cardinality of the result"},

	{Name: "zpopmin", Arity: -2, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zpop(c, false) },
		Since: "5.0.0", Summary: "Remove and return members with the lowest scores in a sorted set"},
	{Name: "zpopmax", Arity: -2, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { zpop(c, true) },
		Since: "5.0.0", Summary: "Remove and return members with the highest scores in a sorted set"},
	{Name: "bzpopmin", Arity: -3, Flags: write | engine.NoScript | engine.Blocking | fast, First: 1, Last: -2, Step: 1,
		Run: func(c *engine.Call) { bzpop(c, false) }, Since: "5.0.0",
		Summary: "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available"},
	{Name: "bzpopmax", Arity: -3, Flags: write | engine.NoScript | engine.Blocking | fast, First: 1, Last: -2, Step: 1,
		Run: func(c *engine.Call) { bzpop(c, true) }, Since: "5.0.0",
		Summary: "Remove and return the member with the highest score from one or more sorted sets, or block until one is available"},
	{Name: "zmpop", Arity: -4, Flags: write | moves, Keys: numbered(1), Run: zmpop, Since: "7.0.0",
		Summary: "Remove and return members with scores in a sorted set"},
	{Name: "bzmpop", Arity: -5, Flags: write | engine.Blocking | moves, Keys: numbered(2), Run: bzmpop, Since: "7.0.0",
		Summary: "Remove and return members with scores in a sorted set or block until one is available"},
}

func init() {
	for i := range Commands {
		Commands[i].Group = "sorted-set"
	}
}
