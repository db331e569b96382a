// Package debug has DEBUG, as far as it is harmless to the data, and MEMORY.
//
// DEBUG can stop the server for a while, so that it is refused unless the option enable-debug-command allows it, as in
// Redis. What would need persistence or replication, would crash the server on purpose, or shows structures that are not
// here, is not known. Switches of Redis's structures are accepted where a client could only tell by the encoding.
//
// In short: switches and views for tests and operators.
package debug

import "github.com/catamaran-os/catamaran/cmd/kvserver/engine"

const ls = engine.Loading | engine.Stale

// Commands is the command table.
var Commands = []engine.Command{
	{Name: "debug", Arity: -2, Flags: engine.Admin | engine.NoScript | ls, Run: debug,
		Group: "server", Summary: "A container for debugging commands", Since: "1.0.0"},
	{Name: "memory", Arity: -2, Sub: memoryCommands,
		Group: "server", Summary: "A container for memory diagnostics commands", Since: "4.0.0"},
}
