//go:build !race && !catdebug

package zsets

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAllocations runs small commands on a small and a large set until nothing new is needed.
func TestAllocations(t *testing.T) {
	for _, size := range []int{10, 1000} {
		d := enginetest.New(t, Commands)
		for i := range size {
			d.Line(fmt.Sprintf("ZADD z %d member:%d", i, i))
		}
		for _, line := range []string{"ZADD z 7 member:3", "ZADD z 2.5 member:5", "ZINCRBY z 1 member:4", "ZSCORE z member:3", "ZRANK z member:3",
			"ZCARD z", "ZRANGE z 0 5", "ZRANGE z 0 5 WITHSCORES", "ZRANGEBYSCORE z 2 (5", "ZCOUNT z 2 5", "ZRANGEBYLEX z [a (z", "ZRANDMEMBER z"} {
			var args [][]byte
			for _, w := range strings.Fields(line) {
				args = append(args, []byte(w))
			}
			allocs := testing.AllocsPerRun(100, func() {
				d.E.Do(d.S, args)
				if bytes.HasPrefix(d.S.Out.Bytes(), []byte("-")) {
					t.Fatalf("%s: %s", line, d.S.Out.Bytes())
				}
				d.S.Out.Reset()
				d.E.Pending()
			})
			if allocs != 0 {
				t.Errorf("%s on %d elements allocates %v times", line, size, allocs)
			}
		}
		pair := [][][]byte{{[]byte("ZADD"), []byte("z"), []byte("5"), []byte("new")}, {[]byte("ZREM"), []byte("z"), []byte("new")}}
		allocs := testing.AllocsPerRun(100, func() {
			for _, args := range pair {
				d.E.Do(d.S, args)
			}
			d.S.Out.Reset()
			d.E.Pending()
		})
		if allocs != 0 {
			t.Errorf("ZADD and ZREM on %d elements allocate %v times", size, allocs)
		}
	}
}
