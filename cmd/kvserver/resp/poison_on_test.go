//go:build catdebug || race

package resp

import (
	"strings"
	"testing"
)

func TestPoison(t *testing.T) {
	var p Parser
	args := one(t, &p, ping[:10], ping[10:])
	late := args[0]
	if drained(t, &p); string(late) != strings.Repeat("\xdb", 4) {
		t.Errorf("an argument that was kept too long reads %q", late)
	}
	args = one(t, &p, "*1\r\n$40000\r\nx", strings.Repeat("x", 39999)+"\r\n")
	own, ok := p.Own(0)
	if drained(t, &p); !ok || len(args) != 1 || string(own) != strings.Repeat("x", 40000) {
		t.Errorf("an argument that may be kept reads %.10q", own)
	}
}
