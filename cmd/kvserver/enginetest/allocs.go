package enginetest

import (
	"strings"
	"testing"
)

// NoAllocations fails the test for each of lines, commands with | between them, that allocates when it is run again and
// again. It is for builds without checks.
func (d *Driver) NoAllocations(lines ...string) {
	d.t.Helper()
	for _, line := range lines {
		var calls [][][]byte
		for command := range strings.SplitSeq(line, "|") {
			var args [][]byte
			for _, arg := range strings.Fields(command) {
				args = append(args, []byte(arg))
			}
			calls = append(calls, args)
		}
		round := func() {
			for _, args := range calls {
				d.E.Do(d.S, args)
			}
			d.S.Out.Truncate(0)
			d.E.Pending()
		}
		for range 10 {
			round()
		}
		if n := testing.AllocsPerRun(100, round); n != 0 {
			d.t.Errorf("%s: %v allocations", line, n)
		}
	}
}
