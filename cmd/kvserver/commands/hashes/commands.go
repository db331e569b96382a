package hashes

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	r = engine.ReadOnly
	w = engine.Write
	o = engine.Write | engine.DenyOOM
	f = engine.Fast
)

// Commands are the commands of hashes.
var Commands = []engine.Command{
	{Name: "hset", Arity: -4, Flags: o | f, First: 1, Last: 1, Step: 1, Run: set, Group: "hash", Since: "2.0.0",
		Summary: "Set the string value of a hash field"},
	{Name: "hmset", Arity: -4, Flags: o | f, First: 1, Last: 1, Step: 1, Run: set, Group: "hash", Since: "2.0.0",
		Summary: "Set multiple hash fields to multiple values"},
	{Name: "hsetnx", Arity: 4, Flags: o | f, First: 1, Last: 1, Step: 1, Run: setnx, Group: "hash", Since: "2.0.0",
		Summary: "Set the value of a hash field, only if the field does not exist"},
	{Name: "hget", Arity: 3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: get, Group: "hash", Since: "2.0.0",
		Summary: "Get the value of a hash field"},
	{Name: "hmget", Arity: -3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: mget, Group: "hash", Since: "2.0.0",
		Summary: "Get the values of all the given hash fields"},
	{Name: "hgetall", Arity: 2, Flags: r, First: 1, Last: 1, Step: 1, Run: getall, Group: "hash", Since: "2.0.0",
		Summary: "Get all the fields and values in a hash"},
	{Name: "hkeys", Arity: 2, Flags: r, First: 1, Last: 1, Step: 1, Run: keys, Group: "hash", Since: "2.0.0",
		Summary: "Get all the fields in a hash"},
	{Name: "hvals", Arity: 2, Flags: r, First: 1, Last: 1, Step: 1, Run: vals, Group: "hash", Since: "2.0.0",
		Summary: "Get all the values in a hash"},
	{Name: "hlen", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: length, Group: "hash", Since: "2.0.0",
		Summary: "Get the number of fields in a hash"},
	{Name: "hexists", Arity: 3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: exists, Group: "hash", Since: "2.0.0",
		Summary: "Determine if a hash field exists"},
	{Name: "hdel", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: del, Group: "hash", Since: "2.0.0",
		Summary: "Delete one or more hash fields"},
	{Name: "hstrlen", Arity: 3, Flags: r | f, First: 1, Last: 1, Step: 1, Run: strlen, Group: "hash", Since: "3.2.0",
		Summary: "Get the length of the value of a hash field"},
	{Name: "hincrby", Arity: 4, Flags: o | f, First: 1, Last: 1, Step: 1, Run: incrby, Group: "hash", Since: "2.0.0",
		Summary: "Increment the integer value of a hash field by the given number"},
	{Name: "hincrbyfloat", Arity: 4, Flags: o | f, First: 1, Last: 1, Step: 1, Run: incrbyfloat, Group: "hash", Since: "2.6.0",
		Summary: "Increment the float value of a hash field by the given amount"},
	{Name: "hrandfield", Arity: -2, Flags: r, First: 1, Last: 1, Step: 1, Run: randfield, Group: "hash", Since: "6.2.0",
		Summary: "Get one or multiple random fields from a hash"},
	{Name: "hscan", Arity: -3, Flags: r, First: 1, Last: 1, Step: 1, Run: hscan, Group: "hash", Since: "2.8.0",
		Summary: "Incrementally iterate hash fields and associated values"},
}
