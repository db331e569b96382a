package difftest

import (
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
)

// notPlayed are the commands that no form has.
var notPlayed = strings.Fields("command info latency slowlog debug shutdown time lolwut monitor function save bgsave bgrewriteaof wait")

// Every command is in a form, or in the list of those that are not: their replies tell of the server.
func TestFormsCoverCommands(t *testing.T) {
	v, err := newEngine(commands.All(), 1).do([]string{"command", "list"})
	if err != nil || v.isError() {
		t.Fatal(v, err)
	}
	played := map[string]bool{}
	for _, f := range slices.Concat(allForms()...) {
		played[f.name] = true
	}
	for _, e := range v.elems {
		name, _, _ := strings.Cut(e.text, "|")
		if played[name] == slices.Contains(notPlayed, name) {
			t.Errorf("%s: in a form is %v, in the list of the others %v", name, played[name], slices.Contains(notPlayed, name))
			played[name] = !played[name]
		}
	}
}

func allForms() [][]form {
	var all [][]form
	for _, f := range families {
		all = append(all, f)
	}
	for _, f := range steppedFamilies {
		all = append(all, f)
	}
	return all
}
