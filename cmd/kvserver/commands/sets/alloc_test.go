//go:build !race && !catdebug

package sets_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAllocations runs commands on sets of all forms again and again.
func TestAllocations(t *testing.T) {
	d := enginetest.New(t, sets.Commands)
	for i := range 1000 {
		d.Do("sadd", "large", fmt.Sprint("member", i))
	}
	d.Do("sadd", "small", "a", "b", "17")
	d.Do("sadd", "ints", "1", "2", "70000")
	for _, lines := range []string{
		"sadd small a", "sadd small c|srem small c", "sadd new a|srem new a", "sismember small a", "smismember small a x", "scard small",
		"smembers small", "srandmember small", "sadd small p|srem small p", "sadd one m|spop one", "srandmember small 2", "sadd one m|smove one small m|srem small m",
		"sadd ints 1", "sadd ints 3|srem ints 3", "sadd new 1|srem new 1", "sismember ints 70000", "srandmember ints", "smembers ints",
		"sadd one 5|spop one", "srandmember ints -5",
		"sadd large member5", "sadd large x|srem large x", "sismember large member7", "srandmember large", "smembers large",
		"sadd large x|smove large small x|srem small x",
	} {
		var calls [][][]byte
		for line := range strings.SplitSeq(lines, "|") {
			var args [][]byte
			for _, arg := range strings.Fields(line) {
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
			t.Errorf("%s: %v allocations", lines, n)
		}
	}
}
