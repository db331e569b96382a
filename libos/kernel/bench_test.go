package kernel

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// BenchmarkEcho is one request and its answer over loopback, both ends in one runtime: two sends, two receives and the
// polls between them.
func BenchmarkEcho(b *testing.B) {
	for _, typ := range []struct {
		name string
		typ  int
	}{{"tcp", unix.SOCK_STREAM}, {"udp", unix.SOCK_DGRAM}} {
		b.Run(typ.name, func(b *testing.B) {
			v := open(b, libos.Spin)
			var c, s libos.QD
			if typ.typ == unix.SOCK_STREAM {
				c, s, _ = v.pair(unix.AF_INET)
			} else {
				one, first := v.bound(unix.AF_INET, unix.SOCK_DGRAM)
				two, second := v.bound(unix.AF_INET, unix.SOCK_DGRAM)
				v.ok(v.Connect(one, second))
				v.ok(v.Connect(two, first))
				c, s = one, two
			}
			msg := libos.Bytes(make([]byte, 64))
			b.ReportAllocs()
			for b.Loop() {
				for _, way := range [2][2]libos.QD{{c, s}, {s, c}} {
					pop, err := v.Pop(way[1])
					v.must(err)
					v.ok(v.Push(way[0], msg))
					v.must(v.Free(v.ok(pop, nil).SGA))
				}
			}
			st := v.e.Stats()
			b.ReportMetric(float64(st.Waits+st.Receives+st.Sends)/float64(b.N), "syscalls/op")
		})
	}
}
