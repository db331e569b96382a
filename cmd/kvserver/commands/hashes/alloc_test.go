//go:build !race && !catdebug

package hashes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAllocations runs commands on small and large hashes again and again.
func TestAllocations(t *testing.T) {
	d := enginetest.New(t, hashes.Commands)
	for i := range 1000 {
		d.Do("hset", "large", fmt.Sprint("field", i), "value")
	}
	d.Do("hset", "small", "a", "1", "b", "text")
	for _, lines := range []string{
		"hset small b text", "hset small b longer text|hset small b text", "hset small c 1|hdel small c", "hset new a 1|hdel new a",
		"hget small b", "hincrby small a 1", "hexists small x", "hlen small", "hstrlen small a", "hmget small a b c", "hgetall small",
		"hrandfield small", "hsetnx small a 1",
		"hset large field5 other", "hset large field5 " + strings.Repeat("x", 200) + "|hset large field5 y", "hset large new 1|hdel large new",
		"hget large field7", "hincrby large number 1", "hrandfield large", "hgetall large",
	} {
		var calls [][][]byte
		for line := range strings.SplitSeq(lines, "|") {
			var args [][]byte
			for _, arg := range strings.Fields(line) {
				args = append(args, []byte(arg))
			}
			if len(args) > 4 && len(args)%2 != 0 && string(args[0]) == "hset" {
				args = append(args[:3], []byte("longer text"))
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
