package engine_test

import (
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

// Every command is found by its name in any case, also where others were looked up that share its slot, and nothing else is.
func TestLookup(t *testing.T) {
	e := engine.New(engine.Options{Commands: commands.All()})
	for range 2 { // a slot has another command by the second time
		for name, c := range e.Commands() {
			mixed := strings.ToUpper(name[:1]) + name[1:]
			for _, n := range []string{name, strings.ToUpper(name), mixed, name} {
				if got := e.Lookup(n); got != c {
					t.Errorf("%q is %v", n, got)
				}
			}
			for _, n := range []string{name + "\x00", name[:len(name)-1] + "\x7f", "\x00" + name[1:], ""} {
				if got := e.Lookup(n); got != nil {
					t.Errorf("%q is %s", n, got.Name)
				}
			}
		}
	}
}
