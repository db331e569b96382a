package keys_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// run runs lines of the form "command => reply".
func run(t *testing.T, d *enginetest.Driver, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if command, reply, ok := strings.Cut(strings.TrimSpace(line), " => "); ok {
			d.Want(command, reply)
		} else if strings.TrimSpace(line) != "" {
			t.Fatalf("no reply in %q", line)
		}
	}
}

func TestExpiry(t *testing.T) {
	d := enginetest.New(t, commands.All())
	run(t, d, `
		set a 1 => +OK
		set b 2 => +OK
		expire a 10 => :1
		pexpire b 1500 => :1
		ttl a => :10
		pttl b => :1500
		ttl b => :2
		expiretime a => :1704067210
		pexpiretime b => :1704067201500`)
	d.Pass(1001 * time.Millisecond)
	run(t, d, `
		ttl a => :9
		ttl b => :0
		pttl b => :499`)
	d.Pass(498 * time.Millisecond)
	d.Want("get b", `"2"`)
	d.Pass(time.Millisecond)
	run(t, d, `
		dbsize => :2
		keys * => ["a"]
		scan 0 => ["0", ["a"]]
		get b => nil
		dbsize => :1
		ttl b => :-2
		expire a 0 => :1
		exists a => :0`)
}

// Keys that nobody looks for are removed by ticks, which the engine asks for by itself.
func TestActiveExpiry(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.E.Config.EnableDebugCommand = "yes"
	next := d.E.Tick()
	for i := range 1000 {
		d.Want(fmt.Sprintf("set k%d v px %d", i, 50+i%10), "+OK")
	}
	if next = min(next, d.E.NextTick()); next > d.Now().UnixMilli()+1000 {
		t.Fatalf("the next tick is at %d, now is %d", next, d.Now().UnixMilli())
	}
	d.Want("debug set-active-expire 0", "+OK")
	d.Advance(time.Second)
	d.Want("dbsize", ":1000")
	d.Want("get k7", "nil")
	d.Want("dbsize", ":999")
	d.Want("debug set-active-expire 1", "+OK")
	for range 1000 {
		d.Advance(100 * time.Millisecond)
		if d.E.Store.DB(0).Len() == 0 {
			return
		}
	}
	t.Errorf("%d keys are left", d.E.Store.DB(0).Len())
}

// A large value that is deleted is freed by ticks.
func TestDeletionIsLazy(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for _, deletion := range []string{"del s", "unlink s", "flushdb", "flushall sync", "expire s 0", "set s x", "rename t s"} {
		d.Want("flushall", "+OK")
		for range 100 {
			d.Advance(time.Millisecond)
		}
		d.Want("set t x", "+OK")
		empty := d.E.Store.Used()
		args := []string{"sadd", "s"}
		for i := range 20_000 {
			args = append(args, fmt.Sprint("member", i))
		}
		if got := d.Do(args...); got != ":20000" {
			t.Fatal(got)
		}
		d.E.Tick()
		d.Line(deletion)
		if left := d.E.Store.Used(); left < empty+100_000 {
			t.Errorf("%s left %d bytes more than %d: it is not lazy", deletion, left-empty, empty)
		}
		if next := d.E.NextTick(); next > d.Now().UnixMilli() {
			t.Errorf("%s asks for a tick at %d, now is %d", deletion, next, d.Now().UnixMilli())
		}
		for range 100 {
			d.Advance(time.Millisecond)
		}
		if left := d.E.Store.Used(); d.E.Store.Garbage() > 0 || left > empty+1000 {
			t.Errorf("%s: %d bytes after the ticks, %d before", deletion, left, empty)
		}
	}
}

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		before, change string
		fails          bool
	}{
		{"set k 1", "del k", true},
		{"set k 1", "expire k 100", true},
		{"set k 1", "expire k 0", true},
		{"set k 1 ex 5", "persist k", true},
		{"set k 1", "persist k", false},
		{"set k 1", "rename k other", true},
		{"set other 1", "rename other k", true},
		{"set other 1", "copy other k", true},
		{"set k 1", "copy k other", false},
		{"set k 1", "move k 1", true},
		{"set k 1", "flushall", true},
		{"set k 1", "flushdb", true},
		{"set other 1", "flushall", false},
		{"set k 1", "swapdb 0 1", true},
		{"set other 1", "swapdb 0 1", false},
		{"set k 1", "swapdb 2 1", false},
		{"rpush other 2 1", "sort other store k", true},
		{"set k 1", "sort nothing store k", true},
		{"set k 1", "touch k", false},
		{"set k 1", "exists k", false},
	} {
		d := enginetest.New(t, commands.All())
		other := d.Connect()
		d.Line(c.before)
		d.Want("watch k", "+OK")
		other.Line(c.change)
		d.Want("multi", "+OK")
		d.Want("ping", "+QUEUED")
		want := "[+PONG]"
		if c.fails {
			want = "nil-array"
		}
		if got := d.Line("exec"); got != want {
			t.Errorf("%s, WATCH, %s: EXEC replies %s, want %s", c.before, c.change, got, want)
		}
	}
}

// Who waits for a list is served, however it has come to be.
func TestBlockedAreServed(t *testing.T) {
	for _, line := range []string{
		"rename l k", "renamenx l k", "copy l k", "swapdb 0 1", "move k 0", "sort l store k", "copy k k db 0",
	} {
		d := enginetest.New(t, commands.All())
		feeder := d.Connect()
		switch line {
		case "swapdb 0 1":
			feeder.Want("select 1", "+OK")
			feeder.Want("rpush k 1", ":1")
		case "move k 0", "copy k k db 0":
			feeder.Want("select 1", "+OK")
			feeder.Want("rpush k 1", ":1")
		default:
			feeder.Want("rpush l 1", ":1")
		}
		d.Want("blpop k 0", "")
		feeder.Line(line)
		if got := d.Read(); got != `["k", "1"]` {
			t.Errorf("%s: BLPOP replies %q", line, got)
		}
	}
}

func TestWait(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("wait 0 1000", ":0")
	d.Want("wait 1 1000", "")
	d.Advance(999 * time.Millisecond)
	if got := d.Read(); got != "" {
		t.Fatalf("WAIT replies %q before its time", got)
	}
	d.Advance(time.Millisecond)
	if got := d.Read(); got != ":0" {
		t.Errorf("WAIT replies %q", got)
	}
	d.Want("wait 1 0", "") // for ever
	d.Advance(time.Hour)
	if got := d.Read(); got != "" {
		t.Errorf("WAIT replies %q", got)
	}
	d.Connect().Line("swapdb 0 1") // wakes who waits for keys
	if got := d.Read(); got != "" {
		t.Errorf("WAIT replies %q after SWAPDB", got)
	}
	d = enginetest.New(t, commands.All())
	run(t, d, `
		multi => +OK
		wait 1 0 => +QUEUED
		exec => [:0]`)
}

// Every key that is there all the time is met, whatever else comes and goes.
func TestScanGuarantee(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for i := range 500 {
		d.Want(fmt.Sprintf("set stays:%d x", i), "+OK")
	}
	met := map[string]bool{}
	cursor := "0"
	for round := 0; ; round++ {
		reply := d.Line("scan " + cursor + " match stays:* count 7")
		next, found, _ := strings.Cut(reply, ", ")
		cursor = strings.Trim(next, `["`)
		for _, key := range strings.Split(found, ", ") {
			met[strings.Trim(key, `["]`)] = true
		}
		if cursor == "0" {
			break
		}
		for i := range 40 { // the table grows for a while, and shrinks
			if round < 50 {
				d.Line(fmt.Sprintf("set other:%d:%d x", round, i))
			} else {
				d.Line(fmt.Sprintf("del other:%d:%d", round-50, i))
			}
		}
	}
	for i := range 500 {
		if !met[fmt.Sprint("stays:", i)] {
			t.Errorf("stays:%d was not met", i)
		}
	}
}

func TestNotifications(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("config set notify-keyspace-events KEAmn", "+OK")
	events := d.Connect()
	events.Line("psubscribe __keyevent*")
	for _, c := range []struct{ line, events string }{
		{"set a 1", "0:new a 0:set a"},
		{"expire a 100", "0:expire a"},
		{"persist a", "0:persist a"},
		{"persist a", ""},
		{"rename a b", "0:new b 0:rename_from a 0:rename_to b"},
		{"copy b c", "0:new c 0:copy_to c"},
		{"move c 1", "1:new c 0:move_from c 1:move_to c"},
		{"expire b 0", "0:del b"},
		{"rpush l 1 2", "0:new l 0:rpush l"},
		{"sort l store m", "0:new m 0:sortstore m"},
		{"sort none store m", "0:keymiss none 0:del m"},
		{"del l", "0:del l"},
		{"exists none", "0:keymiss none"},
		{"touch none", "0:keymiss none"},
		{"object encoding none", ""},
		{"llen none", "0:keymiss none"},
		{"del none", ""},
		{"zadd z 1 a", "0:new z 0:zadd z"},
		{"sadd s a", "0:new s 0:sadd s"},
		{"hset h a b", "0:new h 0:hset h"},
	} {
		d.Line(c.line)
		var got []string
		for line := range strings.Lines(events.Read()) {
			f := strings.Split(strings.Trim(strings.TrimSpace(line), "[]"), ", ")
			event := strings.Replace(strings.TrimPrefix(strings.Trim(f[2], `"`), "__keyevent@"), "__:", ":", 1)
			got = append(got, event+" "+strings.Trim(f[3], `"`))
		}
		if text := strings.Join(got, " "); text != c.events {
			t.Errorf("%s: %q, want %q", c.line, text, c.events)
		}
	}
}

func TestObject(t *testing.T) {
	d := enginetest.New(t, commands.All())
	run(t, d, `
		set k v => +OK
		object refcount k => :1
		object idletime k => :0`)
	d.Pass(90 * time.Second)
	run(t, d, `
		object idletime k => :90
		exists k => :1
		type k => +string
		ttl k => :-1
		object idletime k => :90
		touch k => :1
		object idletime k => :0`)
	d.Pass(30 * time.Second)
	d.Want("rename k l", "+OK")
	d.Want("object idletime l", ":0")
	d.Want("config set maxmemory-policy allkeys-lfu", "+OK")
	d.Want("set f v", "+OK")
	d.Want("object freq f", ":5")
}

// COUNT and numbers of databases may be anything.
func TestHostileNumbers(t *testing.T) {
	d := enginetest.New(t, commands.All())
	run(t, d, `
		set k v => +OK
		scan 0 count 9223372036854775807 => ["0", ["k"]]
		scan 18446744073709551615 count 10 => ["0", ["k"]]
		sort k limit 9223372036854775807 9223372036854775807 => -WRONGTYPE Operation against a key holding the wrong kind of value
		rpush l 1 2 3 => :3
		sort l limit 1 9223372036854775807 => ["2", "3"]
		sort l limit -9223372036854775808 -9223372036854775808 => ["1", "2", "3"]
		sort l limit 9223372036854775807 1 => []`)
}

func TestNoAllocation(t *testing.T) {
	d := enginetest.New(t, commands.All())
	d.Want("set k v", "+OK")
	d.Want("set volatile v ex 100", "+OK")
	for _, line := range [][]string{{"exists", "k"}, {"ttl", "volatile"}, {"type", "k"}, {"expire", "volatile", "50"}, {"touch", "k"}, {"del", "none"}} {
		var args [][]byte
		for _, a := range line {
			args = append(args, []byte(a))
		}
		if n := testing.AllocsPerRun(100, func() {
			d.E.Do(d.S, args)
			d.S.Out.Truncate(0)
			d.E.Pending()
		}); n > 0 {
			t.Errorf("%v allocates %v times", line, n)
		}
	}
}
