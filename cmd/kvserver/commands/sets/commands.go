package sets

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	r = engine.ReadOnly
	w = engine.Write
	o = engine.Write | engine.DenyOOM
	f = engine.Fast
)

// Commands are the commands of sets.
var Commands = []engine.Command{
	{Name: "sadd", Arity: -3, Flags: o | f, First: 1, Last: 1, Step: 1, Run: add, Group: "set", Since: "1.0.0",
		Summary: "Add one or more members to a set"},
	{Name: "srem", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: rem, Group: "set", Since: "1.0.0",
		Summary: "Remove one or more members from a set"},
	{Name: "sismember", Arity: 3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: ismember, Group: "set", Since: "1.0.0",
		Summary: "Determine if a given value is a member of a set"},
	{Name: "smismember", Arity: -3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: mismember, Group: "set", Since: "6.2.0",
		Summary: "Returns the membership associated with the given elements for a set"},
	{Name: "scard", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: card, Group: "set", Since: "1.0.0",
		Summary: "Get the number of members in a set"},
	{Name: "smembers", Arity: 2, Flags: r, First: 1, Last: 1, Step: 1, Run: members, Group: "set", Since: "1.0.0",
		Summary: "Get all the members in a set"},
	{Name: "spop", Arity: -2, Flags: w | f, First: 1, Last: 1, Step: 1, Run: pop, Group: "set", Since: "1.0.0",
		Summary: "Remove and return one or multiple random members from a set"},
	{Name: "srandmember", Arity: -2, Flags: r, First: 1, Last: 1, Step: 1, Run: randmember, Group: "set", Since: "1.0.0",
		Summary: "Get one or multiple random members from a set"},
	{Name: "smove", Arity: 4, Flags: w | f, First: 1, Last: 2, Step: 1, Run: move, Group: "set", Since: "1.0.0",
		Summary: "Move a member from one set to another"},
	{Name: "sinter", Arity: -2, Flags: r, First: 1, Last: -1, Step: 1, Run: reply(inter), Group: "set", Since: "1.0.0",
		Summary: "Intersect multiple sets"},
	{Name: "sinterstore", Arity: -3, Flags: o, First: 1, Last: -1, Step: 1, Run: store(inter, "sinterstore"), Group: "set", Since: "1.0.0",
		Summary: "Intersect multiple sets and store the resulting set in a key"},
	{Name: "sintercard", Arity: -3, Flags: r | engine.MovableKeys, Keys: func(args [][]byte) ([]int, error) { return engine.NumKeys(args, 1) }, Run: intercard, Group: "set", Since: "7.0.0",
		Summary: "Intersect multiple sets and return the cardinality of the result"},
	{Name: "sunion", Arity: -2, Flags: r, First: 1, Last: -1, Step: 1, Run: reply(union), Group: "set", Since: "1.0.0",
		Summary: "Add multiple sets"},
	{Name: "sunionstore", Arity: -3, Flags: o, First: 1, Last: -1, Step: 1, Run: store(union, "sunionstore"), Group: "set", Since: "1.0.0",
		Summary: "Add multiple sets and store the resulting set in a key"},
	{Name: "sdiff", Arity: -2, Flags: r, First: 1, Last: -1, Step: 1, Run: reply(diff), Group: "set", Since: "1.0.0",
		Summary: "Subtract multiple sets"},
	{Name: "sdiffstore", Arity: -3, Flags: o, First: 1, Last: -1, Step: 1, Run: store(diff, "sdiffstore"), Group: "set", Since: "1.0.0",
		Summary: "Subtract multiple sets and store the resulting set in a key"},
	{Name: "sscan", Arity: -3, Flags: r, First: 1, Last: 1, Step: 1, Run: sscan, Group: "set", Since: "2.8.0",
		Summary: "Incrementally iterate Set elements"},
}
