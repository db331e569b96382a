package strings

import (
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/bits"
	"github.com/catamaran-os/catamaran/cmd/kvserver/commands/lists"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// The commands notify what redis-server 7.0.15 notifies, and break transactions exactly where they do.
func TestEvents(t *testing.T) {
	d := enginetest.New(t, Commands, bits.Commands, lists.Commands)
	var ok bool
	if d.E.Config.NotifyKeyspaceEvents, ok = engine.ParseClass("KEAnm"); !ok {
		t.Fatal("KEAnm is refused")
	}
	sub, watcher := d.Connect(), d.Connect()
	sub.Line("psubscribe __keyevent@0__:*")
	for _, c := range []struct{ line, events string }{
		{"set k 1", "new set"},
		{"set k 1", "set"},
		{"set k 1 nx", ""},
		{"set none 1 xx", ""},
		{"set k 1 ex 10", "set expire"},
		{"setnx k 1", ""},
		{"setnx k2 1", "new set"},
		{"setex k 10 v", "set expire"},
		{"psetex k 10000 v", "set expire"},
		{"getset k 5", "set"},
		{"getex k", ""},
		{"getex k ex 100", "expire"},
		{"getex k persist", "persist"},
		{"getex k persist", ""},
		{"getex k pxat 1", "del"},
		{"getdel k", "keymiss"},
		{"getdel k2", "del"},
		{"mset a 1 b 2", "new set new set"},
		{"msetnx a 1 c 2", ""},
		{"append a 2", "append"},
		{"append n 2", "new append"},
		{"setrange a 1 xx", "setrange"},
		{`setrange a 1 ""`, ""},
		{"setrange n2 1 x", "new setrange"},
		{"incr i", "new incrby"},
		{"decrby i 2", "incrby"},
		{"incrbyfloat i 2", "incrbyfloat"},
		{"incr a", ""},
		{"setbit bit 0 0", "new setbit"},
		{"setbit bit 0 0", ""},
		{"setbit bit 7 1", "setbit"},
		{"setbit bit 8 0", "setbit"},
		{"bitfield bit set u8 0 1", ""},
		{"bitfield bit set u8 0 2", "setbit"},
		{"bitfield bit overflow fail set u8 0 256", ""},
		{"bitfield bit get u8 0", ""},
		{"bitop or dest a b", "new set"},
		{"bitop and dest a b", "set"},
		{"bitop or dest x y", "keymiss keymiss del"},
		{"bitop or dest x y", "keymiss keymiss"},
		{"mget x a y", "keymiss keymiss"},
		{"set x 1 xx get", "keymiss"},
		{"strlen x", "keymiss"},
		{"get a", ""},
	} {
		keys := strings.Fields(c.line)
		watcher.Do("watch", keys[1], keys[min(2, len(keys)-1)])
		watcher.Do("multi")
		reply := d.Line(c.line)
		var events []string
		for _, line := range strings.Split(sub.Read(), "\n") {
			if _, rest, ok := strings.Cut(line, "__keyevent@0__:"); ok && strings.HasPrefix(line, `["pmessage"`) {
				if _, rest, ok = strings.Cut(rest, "__keyevent@0__:"); ok { // the first is the pattern
					event, _, _ := strings.Cut(rest, `"`)
					events = append(events, event)
				}
			}
		}
		if got := strings.Join(events, " "); got != c.events {
			t.Errorf("%s: events %q, want %q (reply %s)", c.line, got, c.events, reply)
		}
		broken := watcher.Do("exec") == "nil-array"
		if changes := strings.ReplaceAll(c.events, "keymiss", ""); broken != (strings.TrimSpace(changes) != "") {
			t.Errorf("%s: a transaction that watches the key fails: %v", c.line, broken)
		}
	}
}

func TestExpiry(t *testing.T) {
	d := enginetest.New(t, Commands)
	for _, line := range []string{"set k 5 px 100", "psetex k 100 5", "set k 5 pxat 1704067200100", "mset k 5|getex k px 100"} {
		for _, l := range strings.Split(line, "|") {
			d.Line(l)
		}
		d.Want("incr k", ":6") // keeps the expiry
		d.Want("append k 0", ":2")
		d.Want("setrange k 2 1", ":3")
		d.Pass(99 * time.Millisecond)
		d.Want("get k", `"601"`)
		d.Pass(time.Millisecond)
		d.Want("set k x xx", "nil")
		d.Want("setnx k x", ":1")
		d.Pass(time.Hour)
		d.Want("get k", `"x"`) // has none
		d.E.SetNow(d.Now().Add(-time.Hour - 100*time.Millisecond))
		d.Pass(-time.Hour - 100*time.Millisecond)
	}
	d.Want("set k 1 exat 1", "+OK") // in the past
	d.Want("get k", "nil")
}

// A string may be as long as proto-max-bulk-len says, and no longer; nothing is allocated because an offset says so.
func TestLimits(t *testing.T) {
	d := enginetest.New(t, Commands, bits.Commands)
	d.E.Config.ProtoMaxBulkLen = 1000
	const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	const noOffset = "-ERR bit offset is not an integer or out of range"
	d.Want("setrange k 997 abc", ":1000")
	d.Want("append k d", tooLong)
	d.Want("setrange k 998 abc", tooLong)
	d.Want("setrange k 9223372036854775807 abc", tooLong)
	d.Want("setrange k -1 abc", "-ERR offset is out of range")
	d.Want("setbit k 7999 1", ":1")
	d.Want("setbit k 8000 1", noOffset)
	d.Want("bitfield k set u8 8000 1", noOffset)
	d.Want("bitfield k set u8 #1000 1", noOffset)
	d.Want("bitfield k set u8 #1152921504606846976 1", noOffset)
	d.Want("bitfield k get u8 -1", noOffset)
	d.Want("strlen k", ":1000")
}

// LCS of long strings is refused rather than run out of memory.
func TestLCSLimit(t *testing.T) {
	d := enginetest.New(t, Commands)
	d.Do("set", "a", strings.Repeat("a", 1<<17))
	d.Do("set", "b", strings.Repeat("b", 1<<17))
	d.Want("lcs a b", "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
}
