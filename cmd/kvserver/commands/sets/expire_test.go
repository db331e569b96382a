package sets_test

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/hashes"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/keys"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/sets"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// TestExpiry has sets end while commands use them; the time passes without the work that it brings.
func TestExpiry(t *testing.T) {
	d := enginetest.New(t, sets.Commands, hashes.Commands, keys.Commands)
	due := func(members ...string) {
		t.Helper()
		d.Do(append([]string{"sadd", "due"}, members...)...)
		d.Want("pexpire due 10", ":1")
		d.Pass(10 * time.Millisecond)
	}
	d.Do("sadd", "s", "1", "2")
	due("1", "x")
	d.Want("sinter s due", "[]")
	due("1", "x")
	d.Want("sdiff s due", `["1", "2"]`)
	due("1", "x")
	d.Want("smove s due 1", ":1")
	d.Want("smembers due", `["1"]`)
	d.Want("pttl due", ":-1")
	due("1")
	d.Want("smove due s 1", ":0")
	due("1")
	d.Want("sadd due 1", ":1")
	d.Want("pttl due", ":-1")
	due("3")
	d.Want("sinterstore due due s", ":0")
	d.Want("exists due", ":0")
	due("1")
	d.Want("hset due f v", ":1")
	d.Want("pttl due", ":-1")

	// A result has no expiry; a change keeps it, whatever the form.
	d.Want("pexpire s 1000", ":1")
	d.Want("sadd s a", ":1")
	d.Want("pttl s", ":1000")
	for i := range 300 {
		d.Do("sadd", "s", time.Duration(i).String())
	}
	d.Want("pttl s", ":1000")
	d.Want("sunionstore s s", ":302")
	d.Want("pttl s", ":-1")
	d.Want("pexpire due 1000", ":1")
	d.Want("hincrby due n 1", ":1")
	d.E.Config.HashMaxListpackEntries = 1
	d.Want("hset due n 5", ":0")
	d.Want("object encoding due", `"hashtable"`)
	d.Want("pttl due", ":1000")
}
