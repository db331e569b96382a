// Package strings has the commands of strings that are not about their bits.
//
// A short string is in its key's entry, an integer as eight bytes; a long one is a Blob, which takes over the memory of a
// large argument without a copy. A command looks its key up once: what Find returned is given to SetString, which replaces
// the value in place where it fits.
//
// In short: the family of GET and SET as Redis 7.0 has it, without an allocation where it is hot.
package strings

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	read  = engine.ReadOnly
	write = engine.Write | engine.DenyOOM
	fast  = engine.Fast
)

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "get", Arity: 2, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: get,
		Group: "string", Summary: "Get the value of a key", Since: "1.0.0"},
	{Name: "set", Arity: -3, Flags: write, First: 1, Last: 1, Step: 1, Run: set,
		Group: "string", Summary: "Set the string value of a key", Since: "1.0.0"},
	{Name: "setnx", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: setNX,
		Group: "string", Summary: "Set the value of a key, only if the key does not exist", Since: "1.0.0"},
	{Name: "setex", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { setEx(c, seconds) },
		Group: "string", Summary: "Set the value and expiration of a key", Since: "2.0.0"},
	{Name: "psetex", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { setEx(c, millis) },
		Group: "string", Summary: "Set the value and expiration in milliseconds of a key", Since: "2.6.0"},
	{Name: "getset", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: getSet,
		Group: "string", Summary: "Set the string value of a key and return its old value", Since: "1.0.0"},
	{Name: "getdel", Arity: 2, Flags: engine.Write | fast, First: 1, Last: 1, Step: 1, Run: getDel,
		Group: "string", Summary: "Get the value of a key and delete the key", Since: "6.2.0"},
	{Name: "getex", Arity: -2, Flags: engine.Write | fast, First: 1, Last: 1, Step: 1, Run: getEx,
		Group: "string", Summary: "Get the value of a key and optionally set its expiration", Since: "6.2.0"},

	{Name: "mget", Arity: -2, Flags: read | fast, First: 1, Last: -1, Step: 1, Run: mget,
		Group: "string", Summary: "Get the values of all the given keys", Since: "1.0.0"},
	{Name: "mset", Arity: -3, Flags: write, First: 1, Last: -1, Step: 2, Run: mset,
		Group: "string", Summary: "Set multiple keys to multiple values", Since: "1.0.1"},
	{Name: "msetnx", Arity: -3, Flags: write, First: 1, Last: -1, Step: 2, Run: msetNX,
		Group: "string", Summary: "Set multiple keys to multiple values, only if none of the keys exist", Since: "1.0.1"},

	{Name: "append", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: appendTo,
		Group: "string", Summary: "Append a value to a key", Since: "2.0.0"},
	{Name: "strlen", Arity: 2, Flags: read | fast, First: 1, Last: 1, Step: 1, Run: strlen,
		Group: "string", Summary: "Get the length of the value stored in a key", Since: "2.2.0"},
	{Name: "getrange", Arity: 4, Flags: read, First: 1, Last: 1, Step: 1, Run: getRange,
		Group: "string", Summary: "Get a substring of the string stored at a key", Since: "2.4.0"},
	{Name: "substr", Arity: 4, Flags: read, First: 1, Last: 1, Step: 1, Run: getRange,
		Group: "string", Summary: "Get a substring of the string stored at a key", Since: "1.0.0"},
	{Name: "setrange", Arity: 4, Flags: write, First: 1, Last: 1, Step: 1, Run: setRange,
		Group: "string", Summary: "Overwrite part of a string at key starting at the specified offset", Since: "2.2.0"},

	{Name: "incr", Arity: 2, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { add(c, 1) },
		Group: "string", Summary: "Increment the integer value of a key by one", Since: "1.0.0"},
	{Name: "decr", Arity: 2, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: func(c *engine.Call) { add(c, -1) },
		Group: "string", Summary: "Decrement the integer value of a key by one", Since: "1.0.0"},
	{Name: "incrby", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: incrBy,
		Group: "string", Summary: "Increment the integer value of a key by the given amount", Since: "1.0.0"},
	{Name: "decrby", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: decrBy,
		Group: "string", Summary: "Decrement the integer value of a key by the given number", Since: "1.0.0"},
	{Name: "incrbyfloat", Arity: 3, Flags: write | fast, First: 1, Last: 1, Step: 1, Run: incrByFloat,
		Group: "string", Summary: "Increment the float value of a key by the given amount", Since: "2.6.0"},

	{Name: "lcs", Arity: -3, Flags: read, First: 1, Last: 2, Step: 1, Run: lcs,
		Group: "string", Summary: "Find longest common substring", Since: "7.0.0"},
}
