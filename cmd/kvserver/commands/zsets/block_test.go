package zsets

import (
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

func TestBlocking(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	a, b := d.Connect(), d.Connect()

	a.Want("BZPOPMIN x z 0", "") // the first to come is the first to be served
	b.Want("BZPOPMAX z 0", "")
	d.Want("ZADD z 1 one 2 two 3 three", ":3")
	if got := a.Read(); got != `["z", "one", "1"]` {
		t.Errorf("the first was sent %s", got)
	}
	if got := b.Read(); got != `["z", "three", "3"]` {
		t.Errorf("the second was sent %s", got)
	}
	d.Want("ZRANGE z 0 -1", `["two"]`)

	a.Want("BZMPOP 0 2 x y MAX COUNT 2", "")
	d.Want("ZADD y 1 a 2 b 3 c", ":3")
	if got := a.Read(); got != `["y", [["c", "3"], ["b", "2"]]]` {
		t.Errorf("BZMPOP was sent %s", got)
	}

	a.Want("BZPOPMIN none 1.5", "") // and a wait that ends
	d.Advance(1499 * time.Millisecond)
	if got := a.Read(); got != "" {
		t.Errorf("%s before the timeout", got)
	}
	d.Advance(time.Millisecond)
	if got := a.Read(); got != "nil-array" {
		t.Errorf("%s at the timeout", got)
	}
	a.Want("BZMPOP 0.001 1 none MIN", "")
	d.Advance(time.Second)
	if got := a.Read(); got != "nil-array" {
		t.Errorf("%s at the timeout", got)
	}
}

// TestBlockedOnStored has a session wait for what ZUNIONSTORE, ZRANGESTORE and ZINCRBY make.
func TestBlockedOnStored(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.Want("ZADD z 1 a", ":1")
	for _, line := range []string{"ZUNIONSTORE d 1 z", "ZRANGESTORE d z 0 -1", "ZINCRBY d 1 a"} {
		a := d.Connect()
		a.Want("BZPOPMIN d 0", "")
		d.Line(line)
		if got := a.Read(); got != `["d", "a", "1"]` {
			t.Errorf("%s: the session was sent %q", line, got)
		}
	}
}

// TestBlockedTypeChanges has one of the keys that a session waits for become a string.
func TestBlockedTypeChanges(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	a := d.Connect()
	a.Want("BZPOPMIN x y 0", "")
	d.E.Store.DB(0).Create([]byte("x"), keyspace.String, keyspace.Embstr, []byte("v"))
	d.Want("ZADD y 1 a", ":1")
	if got := a.Read(); got != `["y", "a", "1"]` {
		t.Errorf("the session was sent %s", got)
	}
}

// TestNoBlockingInTransactions: BZPOPMIN within MULTI replies at once.
func TestNoBlockingInTransactions(t *testing.T) {
	d := enginetest.New(t, Commands, helpers)
	d.Want("MULTI", "+OK")
	d.Want("BZPOPMIN none 0", "+QUEUED")
	d.Want("BZMPOP 0 1 none MIN", "+QUEUED")
	d.Want("ZADD z 1 a", "+QUEUED")
	d.Want("EXEC", "[nil-array, nil-array, :1]")
}
