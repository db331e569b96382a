package zsets

import (
	"math"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/scan"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/zset"
)

func zscan(c *engine.Call) {
	cursor, ok := scan.Cursor(c, 2)
	if !ok {
		return
	}
	s, ok := view(c, c.Args[1])
	if !ok {
		return
	}
	if !s.Exists() {
		scan.Empty(c)
		return
	}
	o, ok := scan.ParseOptions(c, 3)
	if !ok {
		return
	}
	var text [32]byte
	small := s.Listpack() != nil
	scan.Reply(c, cursor, o, func(cursor uint64, m *scan.Emitter) uint64 {
		return s.Scan(cursor, func(member []byte, score float64) {
			value := listpack.Value{Str: zset.AppendScore(text[:0], score)}
			// Redis shows what a listpack holds, where whole numbers are integers.
			if small && math.Abs(score) <= 1<<62 && score == math.Trunc(score) {
				value = listpack.Value{Int: int64(score), IsInt: true}
			}
			m.Pair(listpack.Value{Str: member}, value)
		})
	})
}
