//go:build !race && !catdebug

package sets_test

import (
	"fmt"
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
	d.NoAllocations(
		"sadd small a", "sadd small c|srem small c", "sadd new a|srem new a", "sismember small a", "smismember small a x", "scard small",
		"smembers small", "srandmember small", "sadd small p|srem small p", "sadd one m|spop one", "srandmember small 2", "sadd one m|smove one small m|srem small m",
		"sadd ints 1", "sadd ints 3|srem ints 3", "sadd new 1|srem new 1", "sismember ints 70000", "srandmember ints", "smembers ints",
		"sadd one 5|spop one", "srandmember ints -5",
		"sadd large member5", "sadd large x|srem large x", "sismember large member7", "srandmember large", "smembers large",
		"sadd large x|smove large small x|srem small x",
	)
}
