//go:build !race && !catdebug

package strings

import (
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// The hot commands allocate nothing, dispatch and reply included.
func TestNoAllocations(t *testing.T) {
	d := enginetest.New(t, Commands)
	d.Want("set int 1000", "+OK")
	d.Want(`set "a longer key" "0123456789012345678901234567890123456789012345678901234567890123"`, "+OK")
	for _, args := range [][]string{
		{"GET", "a longer key"},
		{"get", "int"},
		{"GET", "missing"},
		{"SET", "a longer key", "y123456789012345678901234567890123456789012345678901234567890123"},
		{"SET", "int", "77"},
		{"SET", "int", "78", "PX", "100000"},
		{"SET", "int", "79", "xx", "keepttl"},
		{"SETEX", "other", "100", "v"},
		{"SETNX", "int", "5"},
		{"GETSET", "int", "6"},
		{"INCR", "int"},
		{"DECRBY", "int", "3"},
		{"MGET", "int", "missing", "a longer key"},
		{"MSET", "int", "5", "other", "text"},
		{"STRLEN", "int"},
		{"GETRANGE", "a longer key", "3", "-3"},
		{"SETRANGE", "a longer key", "3", "abc"},
	} {
		list := make([][]byte, len(args))
		for i, a := range args {
			list[i] = []byte(a)
		}
		run(d.E, d.S, list)
		if n := testing.AllocsPerRun(100, func() { run(d.E, d.S, list) }); n != 0 {
			t.Errorf("%q: %v allocations", args, n)
		}
	}
}
