// Package commands collects the families of commands.
package commands

import (
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/bits"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/debug"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/dump"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/keys"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/server"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sort"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/strings"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/zsets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

var families = [][]engine.Command{
	bits.Commands,
	debug.Commands,
	dump.Commands,
	hashes.Commands,
	keys.Commands,
	lists.Commands,
	server.Commands,
	sets.Commands,
	sort.Commands,
	strings.Commands,
	zsets.Commands,
}

// All returns the command table, but for the commands of the engine itself.
func All() []engine.Command { return slices.Concat(families...) }
