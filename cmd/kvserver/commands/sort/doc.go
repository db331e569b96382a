// Package sort has SORT and SORT_RO.
//
// The elements of a list, set or sorted set are taken as views, given a weight each (a number or a string, their own or
// that of a key or hash field which a pattern names), sorted, and replied or stored as themselves or as what further
// patterns name. A pattern is a key's name with a * in place of the element, and perhaps ->field after it.
//
// Looking up a pattern may remove a key that is due, never the one that is sorted, so that the views last for the command.
//
// In short: load, weigh, sort, reply or store.
package sort

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "sort", Arity: -2, Flags: engine.Write | engine.DenyOOM | engine.MovableKeys, First: 1, Last: 1, Step: 1, Keys: keys(true),
		Run: func(c *engine.Call) { run(c, true) }, Group: "generic",
		Summary: "Sort the elements in a list, set or sorted set", Since: "1.0.0"},
	{Name: "sort_ro", Arity: -2, Flags: engine.ReadOnly | engine.MovableKeys, First: 1, Last: 1, Step: 1, Keys: keys(false),
		Run: func(c *engine.Call) { run(c, false) }, Group: "generic",
		Summary: "Sort the elements in a list, set or sorted set, to be replied", Since: "7.0.0"},
}
