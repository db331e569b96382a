// Package dump has DUMP and RESTORE.
//
// A value is written as Redis 7.0 writes it: small ones as the listpack or intset that they are, large ones element by
// element, see package rdb. Every type that Redis 7.0 reads is read, but for those of streams and modules and the zipmap.
//
// What is restored may come from anyone. It is built without a key, checked in every byte on the way, and given to the key
// only when it is complete, so that bad data leaves the key as it was. What compressed data expands to is bounded.
//
// In short: encode an entry; load a value and store it.
package dump

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "dump", Arity: 2, Flags: engine.ReadOnly, First: 1, Last: 1, Step: 1, Run: dump,
		Group: "generic", Summary: "Return a serialized version of the value stored at the key", Since: "2.6.0"},
	{Name: "restore", Arity: -4, Flags: engine.Write | engine.DenyOOM, First: 1, Last: 1, Step: 1, Run: restore,
		Group: "generic", Summary: "Create a key of a value that DUMP has returned", Since: "2.6.0"},
}
