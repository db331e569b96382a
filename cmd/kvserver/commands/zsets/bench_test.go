package zsets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// BenchmarkCommands runs commands on a small and a large set.
func BenchmarkCommands(b *testing.B) {
	for _, size := range []int{60, 100_000} {
		for _, line := range []string{"ZSCORE z member:30", "ZADD z 7 member:30 50 member:30", "ZRANK z member:30", "ZRANGE z 0 59",
			"ZRANGE z 0 59 WITHSCORES", "ZRANGEBYSCORE z 20 30", "ZCOUNT z 20 30", "ZPOPMIN none"} {
			b.Run(fmt.Sprintf("%d/%s", size, strings.ReplaceAll(line, " ", "_")), func(b *testing.B) {
				d := enginetest.New(b, Commands)
				for i := range size {
					d.Run("ZADD", "z", fmt.Sprint(i), fmt.Sprint("member:", i))
					d.S.Out.Reset()
				}
				var args [][]byte
				for _, w := range strings.Fields(line) {
					args = append(args, []byte(w))
				}
				for b.Loop() {
					d.E.Do(d.S, args)
					d.S.Out.Reset()
					d.E.Pending()
				}
			})
		}
	}
}
