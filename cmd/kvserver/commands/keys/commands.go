package keys

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const (
	r  = engine.ReadOnly
	w  = engine.Write
	f  = engine.Fast
	ls = engine.Loading | engine.Stale
)

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "del", Arity: -2, Flags: w, First: 1, Last: -1, Step: 1, Run: del,
		Group: "generic", Summary: "Delete a key", Since: "1.0.0"},
	{Name: "unlink", Arity: -2, Flags: w | f, First: 1, Last: -1, Step: 1, Run: del,
		Group: "generic", Summary: "Delete a key; its memory is freed later", Since: "4.0.0"},
	{Name: "exists", Arity: -2, Flags: r | f, First: 1, Last: -1, Step: 1, Run: exists,
		Group: "generic", Summary: "Determine if a key exists", Since: "1.0.0"},
	{Name: "touch", Arity: -2, Flags: r | f, First: 1, Last: -1, Step: 1, Run: touch,
		Group: "generic", Summary: "Alter the last access time of keys and return how many exist", Since: "3.2.1"},
	{Name: "type", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: typeOf,
		Group: "generic", Summary: "Determine the type stored at key", Since: "1.0.0"},
	{Name: "keys", Arity: 2, Flags: r, Run: keys,
		Group: "generic", Summary: "Find all keys matching the given pattern", Since: "1.0.0"},
	{Name: "randomkey", Arity: 1, Flags: r, Run: randomKey,
		Group: "generic", Summary: "Return a random key", Since: "1.0.0"},
	{Name: "scan", Arity: -2, Flags: r, Run: scan,
		Group: "generic", Summary: "Incrementally iterate the keys", Since: "2.8.0"},
	{Name: "dbsize", Arity: 1, Flags: r | f, Run: dbSize,
		Group: "server", Summary: "Return the number of keys in the selected database", Since: "1.0.0"},

	{Name: "rename", Arity: 3, Flags: w, First: 1, Last: 2, Step: 1, Run: rename(false),
		Group: "generic", Summary: "Rename a key", Since: "1.0.0"},
	{Name: "renamenx", Arity: 3, Flags: w | f, First: 1, Last: 2, Step: 1, Run: rename(true),
		Group: "generic", Summary: "Rename a key, only if the new key does not exist", Since: "1.0.0"},
	{Name: "move", Arity: 3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: move,
		Group: "generic", Summary: "Move a key to another database", Since: "1.0.0"},
	{Name: "copy", Arity: -3, Flags: w | engine.DenyOOM, First: 1, Last: 2, Step: 1, Run: copyKey,
		Group: "generic", Summary: "Copy a key", Since: "6.2.0"},

	{Name: "expire", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: expire(1000, true),
		Group: "generic", Summary: "Set a key's time to live in seconds", Since: "1.0.0"},
	{Name: "pexpire", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: expire(1, true),
		Group: "generic", Summary: "Set a key's time to live in milliseconds", Since: "2.6.0"},
	{Name: "expireat", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: expire(1000, false),
		Group: "generic", Summary: "Set the expiration for a key as a UNIX timestamp", Since: "1.2.0"},
	{Name: "pexpireat", Arity: -3, Flags: w | f, First: 1, Last: 1, Step: 1, Run: expire(1, false),
		Group: "generic", Summary: "Set the expiration for a key as a UNIX timestamp in milliseconds", Since: "2.6.0"},
	{Name: "ttl", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: ttl(1000, true),
		Group: "generic", Summary: "Get the time to live for a key in seconds", Since: "1.0.0"},
	{Name: "pttl", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: ttl(1, true),
		Group: "generic", Summary: "Get the time to live for a key in milliseconds", Since: "2.6.0"},
	{Name: "expiretime", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: ttl(1000, false),
		Group: "generic", Summary: "Get the expiration UNIX timestamp for a key", Since: "7.0.0"},
	{Name: "pexpiretime", Arity: 2, Flags: r | f, First: 1, Last: 1, Step: 1, Run: ttl(1, false),
		Group: "generic", Summary: "Get the expiration UNIX timestamp for a key in milliseconds", Since: "7.0.0"},
	{Name: "persist", Arity: 2, Flags: w | f, First: 1, Last: 1, Step: 1, Run: persist,
		Group: "generic", Summary: "Remove the expiration from a key", Since: "2.2.0"},

	{Name: "flushdb", Arity: -1, Flags: w, Run: flushDB,
		Group: "server", Summary: "Remove all keys from the current database", Since: "1.0.0"},
	{Name: "flushall", Arity: -1, Flags: w, Run: flushAll,
		Group: "server", Summary: "Remove all keys from all databases", Since: "1.0.0"},
	{Name: "swapdb", Arity: 3, Flags: w | f, Run: swapDB,
		Group: "server", Summary: "Swap two databases", Since: "4.0.0"},
	{Name: "wait", Arity: 3, Flags: engine.NoScript, Run: wait,
		Group: "generic", Summary: "Wait for replicas, of which there are none", Since: "3.0.0"},

	{Name: "object", Arity: -2, Sub: objectCommands,
		Group: "generic", Summary: "A container for object introspection commands", Since: "2.2.3"},
}
