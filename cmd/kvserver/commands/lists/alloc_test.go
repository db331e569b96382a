//go:build !race && !catdebug

package lists_test

import (
	"fmt"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestAllocations runs commands on small and large lists again and again.
func TestAllocations(t *testing.T) {
	d := enginetest.New(t, lists.Commands)
	for i := range 5000 {
		d.Do("rpush", "large", fmt.Sprint("element", i))
	}
	d.Do("rpush", "small", "a", "b", "17")
	d.NoAllocations(
		"lpush new a|lpop new", "rpush new 5|lpop new", "lpush small x|rpop small|rpush small b|lpop small|lpush small a", "llen small",
		"lindex small 1", "lrange small 0 -1", "lset small 1 b", "lpos small b", "rpush small c|lrem small 0 c", "rpush small t|ltrim small 0 2",
		"lpush large x|lpop large", "rpush large 123456|rpop large", "lpush large x|rpop large|rpush large x|lpop large", "llen large",
		"lindex large 2500", "lrange large 100 120", "lset large 7 element7", "linsert large before element5 x|lrem large 1 x", "lpush large a b c|lpop large 3",
	)
}
