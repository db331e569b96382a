package strings

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// load makes a driver with n keys of 64 bytes, and their names in random order.
func load(tb testing.TB, n int) (d *enginetest.Driver, keys [][]byte) {
	d = enginetest.New(tb, Commands)
	value := make([]byte, 64)
	args := [][]byte{[]byte("SET"), nil, value}
	keys = make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key:%012d", i)
		args[1] = keys[i]
		d.E.Do(d.S, args)
		d.S.Out.Truncate(0)
	}
	for i, j := range rand.Perm(n) { // new ones, so that in this order they are in the cache
		keys[i] = fmt.Appendf(nil, "key:%012d", j)
	}
	return d, keys
}

// run runs a command on the engine as a host does.
func run(e *engine.Engine, s *engine.Session, args [][]byte) {
	e.Do(s, args)
	s.Out.Truncate(0)
	e.Pending()
}

func BenchmarkDo(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		d, keys := load(b, n)
		runtime.GC()
		value := []byte(fmt.Sprintf("%064d", 1))
		value[0] = 'x'
		for _, args := range [][][]byte{{[]byte("GET"), nil}, {[]byte("SET"), nil, value}, {[]byte("STRLEN"), nil}} {
			b.Run(fmt.Sprintf("%s/keys=%d", args[0], n), func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					args[1] = keys[i]
					run(d.E, d.S, args)
					if i++; i == n {
						i = 0
					}
				}
			})
		}
	}
}

// As a host does that knows the next commands of a pipeline.
func BenchmarkWarm(b *testing.B) {
	const n = 1_000_000
	d, keys := load(b, n)
	runtime.GC()
	value := []byte(fmt.Sprintf("%064d", 1))
	value[0] = 'x'
	for _, args := range [][][]byte{{[]byte("GET"), nil}, {[]byte("SET"), nil, value}} {
		for _, depth := range []int{1, 4, 8, 16} {
			b.Run(fmt.Sprintf("%s/depth=%d", args[0], depth), func(b *testing.B) {
				i := 0
				for b.Loop() {
					if i%depth == 0 {
						d.E.Store.DB(0).Warm(keys[i : i+depth])
					}
					args[1] = keys[i]
					run(d.E, d.S, args)
					if i++; i == n {
						i = 0
					}
				}
			})
		}
	}
}
