package strings

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestSet(t *testing.T) {
	d := enginetest.New(t, Commands)
	d.Want("get k", "nil")
	d.Want(`set k "a b"`, "+OK")
	d.Want("get k", `"a b"`)
	d.Want("set k 12 px 100", "+OK")
	d.Want("get k", `"12"`)
	d.Pass(100 * time.Millisecond)
	d.Want("get k", "nil")
	d.Want("set k v nx get", "nil")
	d.Want("set k w xx get", `"v"`)
	d.Want("set k w nx", "nil")
	d.Want("set k w ex 0", "-ERR invalid expire time in 'set' command")
}
