package engine_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

func TestPassword(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("auth x", "-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
	d.Want("config set requirepass secret", "+OK")
	d.Want("ping", "+PONG") // whoever is in stays in
	c := d.Connect()
	c.Want("ping", "-NOAUTH Authentication required.")
	c.Want("get k", "-NOAUTH Authentication required.")
	c.Want("auth wrong", "-WRONGPASS invalid username-password pair or user is disabled.")
	c.Want("auth other secret", "-WRONGPASS invalid username-password pair or user is disabled.")
	c.Want("hello 3 auth default wrong", "-WRONGPASS invalid username-password pair or user is disabled.")
	c.Want("auth secret", "+OK")
	c.Want("ping", "+PONG")
	c.Want("reset", "+RESET")
	c.Want("ping", "-NOAUTH Authentication required.")
	if got := c.Line("hello 3 auth default secret"); !strings.Contains(got, `"proto": :3`) {
		t.Errorf("hello 3 with the password replies %s", got)
	}
	c.Want("get k", "_")
}

func TestClientPause(t *testing.T) {
	d := enginetest.New(t, commands.All())
	other := d.Connect()
	d.Want("client pause 1000 write", "+OK")
	other.Want("get k", "nil")
	other.Want("set k v", "") // it waits
	if !other.S.Blocked() {
		t.Fatal("a command that writes does not wait for the end of the pause")
	}
	d.Advance(999 * time.Millisecond)
	if got := other.Read(); got != "" {
		t.Fatalf("it was replied %s before the end", got)
	}
	d.Advance(2 * time.Millisecond)
	if got := other.Read(); got != "+OK" || other.S.Blocked() {
		t.Fatalf("it was replied %q at the end, blocked %v", got, other.S.Blocked())
	}
	d.Want("client pause 100000 write", "+OK")
	other.Want("set k w", "")
	d.Want("client unpause", "+OK")
	if got := other.Read(); got != "+OK" {
		t.Fatalf("it was replied %q after the pause was ended", got)
	}
	d.Want("client pause 100", "+OK")
	d.Want("client unpause", "") // waits as all do
	other.Want("get k", "")
	d.Advance(101 * time.Millisecond)
	if got := d.Read() + other.Read(); got != `+OK"w"` {
		t.Fatalf("it was replied %s at the end", got)
	}
}

func TestClientReply(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("client reply off", "")
	d.Want("set k v", "")
	d.Want("get k", "")
	d.Want("client reply on", "+OK")
	d.Want("get k", `"v"`)
	d.Want("client reply skip", "")
	d.Want("get k", "")
	d.Want("get k", `"v"`)
}

func TestSlowlog(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("slowlog len", ":0")
	d.Want("slowlog get -2", "-ERR count should be greater than or equal to -1")
	d.Want("config set slowlog-log-slower-than 0", "+OK")
	d.Want("slowlog reset", "+OK") // nothing is measured without a clock
	d.Want("slowlog get", "[]")
}

func TestMonitor(t *testing.T) {
	d := enginetest.New(t, commands.All())
	m := d.Connect()
	m.Want("monitor", "+OK")
	m.Want("monitor", "") // once more is ignored
	const refused = "-ERR Replica can't interact with the keyspace"
	m.Want("get k", refused)
	m.Want("set k v", refused)
	m.Want("publish c x", refused)
	d.Want(`set k "a\"b"`, "+OK")
	if got, want := m.Read(), ` [0 127.0.0.1:1] "set" "k" "a\"b"`; !strings.HasSuffix(got, want) {
		t.Errorf("the monitor shows %s, want it to end in %s", got, want)
	}
	m.Want("reset", "+RESET")
	d.Want("get k", `"a\"b"`)
	if got := m.Read(); got != "" {
		t.Errorf("after RESET it shows %s", got)
	}
}

// A session that goes leaves nothing behind: waits, watches, subscriptions.
func TestDisconnect(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for _, line := range []string{"blpop l 0", "watch k", "subscribe c", "psubscribe p*", "ssubscribe s", "monitor"} {
		c := d.Connect()
		c.Line(line)
		d.E.Disconnect(c.S)
	}
	watched, blocking := d.E.Watched()
	channels, patterns, shards := d.E.Channels()
	if n := watched + blocking + channels + patterns + shards; n != 0 {
		t.Errorf("%d watched keys, %d awaited keys, %d channels, %d patterns, %d shard channels are left", watched, blocking, channels, patterns, shards)
	}
	if d.E.Clients() != 1 {
		t.Errorf("%d clients are left", d.E.Clients())
	}
	d.Want("client pause 1000 write", "+OK")
	for range 3 {
		c := d.Connect()
		c.Want("set k v", "")
		d.E.Disconnect(c.S)
	}
	if n := d.E.Paused(); n != 0 {
		t.Errorf("%d clients wait for the end of the pause", n)
	}
	d.Want("client unpause", "+OK")
	d.Want("rpush l a", ":1")
	d.Want("lrange l 0 -1", `["a"]`) // nobody who has gone took it
	d.Want("set k v", "+OK")
	d.Want("publish c x", ":0")
}

// The time for which a client is blocked is no idle time.
func TestIdleWhileBlocked(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("config set timeout 10", "+OK")
	for _, c := range []struct{ wait, end, reply string }{
		{"blpop l 20", "", "nil-array"},
		{"blpop l 0", "rpush l a", `["l", "a"]`},
		{"wait 1 20000", "", ":0"},
	} {
		blocked := d.Connect()
		blocked.Want(c.wait, "")
		for range 21 {
			d.Want("ping", "+PONG")
			d.Advance(time.Second)
		}
		if c.end != "" {
			d.Line(c.end)
		}
		if got := blocked.Read(); got != c.reply {
			t.Errorf("%s: it is replied %q, want %q", c.wait, got, c.reply)
		}
		d.Advance(time.Second)
		if blocked.S.Killed {
			t.Errorf("%s: the client was closed as idle", c.wait)
		}
	}
}

// An empty address is that of no client.
func TestClientKillEmpty(t *testing.T) {
	d := enginetest.New(t, commands.All())
	other := d.Connect()
	for _, c := range []struct {
		args  []string
		reply string
	}{
		{[]string{"client", "kill", ""}, "-ERR No such client"},
		{[]string{"client", "kill", "addr", ""}, ":0"},
		{[]string{"client", "kill", "laddr", "", "skipme", "no"}, ":0"},
	} {
		if got := d.Do(c.args...); got != c.reply {
			t.Errorf("%q replies %s, want %s", c.args, got, c.reply)
		}
		if other.S.Killed || d.S.CloseAfter {
			t.Fatalf("%q closes a client", c.args)
		}
	}
	d.Want("client kill addr 127.0.0.1:1", ":1")
}

// What has waited for the end of a pause does not get into the middle of the transaction that ends it.
func TestUnpauseInTransaction(t *testing.T) {
	d := enginetest.New(t, commands.All())
	first, second := d.Connect(), d.Connect()
	d.Want("set k a", "+OK")
	d.Want("client pause 100000 write", "+OK")
	first.Want("set k b", "")
	second.Want("append k c", "")
	d.Want("multi", "+OK")
	d.Want("client unpause", "+QUEUED")
	d.Want("get k", "+QUEUED")
	d.Want("exec", `[+OK, "a"]`)
	if got := first.Read() + second.Read(); got != "+OK:2" {
		t.Errorf("after it they are replied %q", got)
	}
	d.Want("get k", `"bc"`)
	d.Want("client pause 100000 write", "+OK")
	first.Want("multi", "+OK")
	first.Want("set k d", "") // to be queued is to wait, too
	second.Want("set k e", "")
	d.Want("client unpause", "+OK")
	if got := first.Read() + second.Read(); got != "+QUEUED+OK" {
		t.Errorf("after the second pause they are replied %q", got)
	}
}

// A client may wait for very many keys, and may name one twice.
func TestBlockOnManyKeys(t *testing.T) {
	d := enginetest.New(t, commands.All())
	args := []string{"blpop"}
	for range 2 {
		for i := range 100_000 {
			args = append(args, fmt.Sprint("key:", i))
		}
	}
	from := time.Now()
	c := d.Connect()
	if got := c.Do(append(args, "0")...); got != "" {
		t.Fatalf("it is replied %s", got)
	}
	if _, blocking := d.E.Watched(); blocking != 100_000 {
		t.Errorf("%d keys are waited for", blocking)
	}
	d.Want("rpush key:99999 a", ":1")
	if got, want := c.Read(), `["key:99999", "a"]`; got != want {
		t.Errorf("it is replied %s, want %s", got, want)
	}
	if took := time.Since(from); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, blocking := d.E.Watched(); blocking != 0 {
		t.Errorf("%d keys are waited for at the end", blocking)
	}
}

// The list of sessions to be looked at does not keep those that have ended, with their output.
func TestEndedSessionIsFreed(t *testing.T) {
	d := enginetest.New(t, commands.All())
	var freed atomic.Int32
	for range 10 {
		c := d.Connect()
		d.E.Do(c.S, [][]byte{[]byte("ping")})
		runtime.AddCleanup(c.S, func(int) { freed.Add(1) }, 0)
		d.E.Kill(c.S)
	}
	for len(d.E.Pending()) > 0 {
	}
	for range 100 {
		if runtime.GC(); freed.Load() == 10 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if n := freed.Load(); n != 10 {
		t.Errorf("%d of 10 sessions are freed", n)
	}
	runtime.KeepAlive(d.E)
}

// The reply to QUIT is the last thing that a client gets.
func TestNothingAfterQuit(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for _, line := range []string{"subscribe c", "psubscribe c*", "ssubscribe c", "monitor"} {
		c := d.Connect()
		c.Line(line)
		c.Want("quit", "+OK")
		d.Line("publish c x")
		d.Line("spublish c x")
		if got := c.Read(); got != "" {
			t.Errorf("%s: after QUIT it gets %s", line, got)
		}
		d.E.Disconnect(c.S)
	}
}

// A key that is due during a pause is not removed, and is not shown either.
func TestExpiryWhilePaused(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("mset k v other w", "+OK")
	d.Want("pexpire k 100", ":1")
	d.Want("client pause 1000 write", "+OK")
	d.Want("get k", `"v"`)
	d.Advance(101 * time.Millisecond)
	for _, c := range [][2]string{
		{"get k", "nil"}, {"mget k other", `[nil, "w"]`}, {"exists k", ":0"}, {"ttl k", ":-2"}, {"type k", "+none"},
		{"keys *", `["other"]`}, {"scan 0", `["0", ["other"]]`}, {"object encoding k", "nil"}, {"dump k", "nil"},
		{"randomkey", `"other"`}, {"dbsize", ":2"},
	} {
		d.Want(c[0], c[1])
	}
	if n := d.E.Store.Stats.Expired; n != 0 {
		t.Errorf("%d keys are removed during the pause", n)
	}
	d.Advance(time.Second)
	d.Want("dbsize", ":1")
	// What writes in the transaction that begins a pause replaces the key that is still there.
	d.Want("set k v px 100", "+OK")
	d.Pass(150 * time.Millisecond)
	d.Want("multi", "+OK")
	d.Want("client pause 1000 write", "+QUEUED")
	d.Want("get k", "+QUEUED")
	d.Want("set k w", "+QUEUED")
	d.Want("get k", "+QUEUED")
	d.Want("exec", `[+OK, nil, +OK, "w"]`)
	d.Want("dbsize", ":2")
}

func TestResetKeepsNoEvict(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("client no-evict on", "+OK")
	d.Want("reset", "+RESET")
	if got := d.Line("client info"); !strings.Contains(got, " flags=e ") {
		t.Errorf("CLIENT INFO replies %s", got)
	}
}

// A transaction that cannot run any more takes no memory for what is queued.
func TestFailedTransactionQueuesNothing(t *testing.T) {
	d := enginetest.New(t, commands.All())
	other := d.Connect()
	for _, c := range []struct{ fail, reply string }{
		{"nosuch", "-EXECABORT Transaction discarded because of previous errors."},
		{"", "nil-array"},
	} {
		d.Want("watch k", "+OK")
		d.Want("multi", "+OK")
		if c.fail != "" {
			d.Line(c.fail)
		} else {
			other.Want("set k v", "+OK")
		}
		d.Want("set a b", "+QUEUED")
		if got := other.Line("client list id 1"); !strings.Contains(got, " multi=0 ") || !strings.Contains(got, " multi-mem=0 ") {
			t.Errorf("CLIENT LIST replies %s", got)
		}
		d.Want("exec", c.reply)
	}
}
