package server_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestCommand(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for _, c := range [][2]string{
		{"command info nosuch", "[nil]"}, // no null array
		{"command getkeys get", "-ERR wrong number of arguments for 'command|getkeys' command"},
		{"command getkeys get k", `["k"]`},
		{"command getkeys get k x", "-ERR Invalid number of arguments specified for command"},
		{"command getkeys object encoding k", `["k"]`},
		{"command getkeys ping x", "-ERR The command has no key arguments"},
		{"command getkeys nosuch x", "-ERR Invalid command specified"},
	} {
		d.Want(c[0], c[1])
	}
}
