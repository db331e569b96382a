package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/commands"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// With each policy the dataset stays below maxmemory while it is filled, and what goes is what the policy names.
func TestEviction(t *testing.T) {
	value := strings.Repeat("v", 200)
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
		"volatile-ttl"} {
		t.Run(policy, func(t *testing.T) {
			d := enginetest.New(t, commands.All())
			d.Want("config set maxmemory 1mb maxmemory-samples 10 maxmemory-policy "+policy, "+OK")
			for i := range 200 {
				d.Want(fmt.Sprintf("set keep:%d %s", i, value), "+OK") // without an expiry
			}
			for i := range 10000 {
				d.Advance(time.Second)
				d.Want(fmt.Sprintf("set k:%d %s ex %d", i, value, 100000+i), "+OK")
				if i%20 == 0 {
					for j := range 200 { // always in use
						d.Line(fmt.Sprintf("get keep:%d", j))
					}
				}
				if used := d.E.Used(); used > 1<<20+8<<10 {
					t.Fatalf("%d bytes are used after key %d", used, i)
				}
			}
			kept := 0
			for i := range 200 {
				if d.Line(fmt.Sprintf("exists keep:%d", i)) == ":1" {
					kept++
				}
			}
			switch {
			case strings.HasPrefix(policy, "volatile") && kept < 200:
				t.Errorf("%d of 200 keys without an expiry are left", kept)
			case policy == "allkeys-random" && kept > 150:
				t.Errorf("%d of 200 keys are left, though each may go", kept)
			case policy != "allkeys-random" && kept < 190:
				t.Errorf("%d of 200 keys that are in use are left", kept)
			}
			if policy == "volatile-ttl" { // what ends soonest has gone: a key that was to stay longer is there
				d.Want("exists k:9999", ":1")
				d.Want("exists k:100", ":0")
			}
			if d.E.Store.Stats.Evicted == 0 {
				t.Error("nothing was evicted")
			}
		})
	}
}

// Without eviction, or without a key that may go, commands that need memory are refused and others are not.
func TestNoEviction(t *testing.T) {
	for _, policy := range []string{"noeviction", "volatile-lru", "volatile-random", "volatile-ttl"} {
		d := enginetest.New(t, commands.All())
		d.Want("set k v", "+OK")
		d.Want("rpush l a b", ":2")
		d.Want("config set maxmemory-policy "+policy, "+OK")
		d.Want("config set maxmemory 1", "+OK")
		const oom = "-OOM command not allowed when used memory > 'maxmemory'."
		d.Want("set other v", oom)
		d.Want("get k", `"v"`)
		d.Want("lpop l", `"a"`)
		d.Want("multi", "+OK")
		d.Want("set other v", oom)
		d.Want("exec", "-EXECABORT Transaction discarded because of previous errors.")
		d.Want("del k l", ":2")
		d.Want("config set maxmemory 0", "+OK")
		d.Want("set other v", "+OK")
	}
}

// A large value that is deleted is freed a piece at a time, and a database too.
func TestFreedInPieces(t *testing.T) {
	d := enginetest.New(t, commands.All())
	empty := d.E.Used()
	for i := range 20000 {
		d.Line(fmt.Sprintf("sadd set member:%d", i))
		d.Line(fmt.Sprintf("set key:%d value", i))
	}
	d.Want("del set", ":1")
	if d.E.Store.Garbage() == 0 {
		t.Error("all of the set is freed at once")
	}
	if next := d.E.NextTick(); next > d.E.Now() {
		t.Errorf("the next tick is at %d, want one at once, at %d", next, d.E.Now())
	}
	d.Want("flushall", "+OK")
	d.Want("dbsize", ":0")
	ticks := 0
	for ; d.E.Store.Garbage() > 0; ticks++ {
		d.Advance(time.Millisecond)
	}
	if ticks < 10 {
		t.Errorf("40,000 elements are freed in %d ticks", ticks)
	}
	if used := d.E.Used(); used > empty+1024 {
		t.Errorf("%d bytes are used, %d when it began", used, empty)
	}
}

// Keys that nobody looks for end as well, all of them, some a tick.
func TestActiveExpiry(t *testing.T) {
	d := enginetest.New(t, commands.All())
	for i := range 3000 {
		d.Line(fmt.Sprintf("set key:%d v px %d", i, 100+i%50))
	}
	d.Want("set stays v ex 1000", "+OK")
	d.Pass(time.Second)
	ticks := 0
	for ; d.E.Store.DB(0).Len() > 1 && ticks < 10000; ticks++ {
		if next := d.E.NextTick(); next > d.E.Now()+100 {
			t.Fatalf("the next tick is %d ms away, with %d keys due", next-d.E.Now(), d.E.Store.DB(0).Len()-1)
		}
		d.Advance(100 * time.Millisecond)
	}
	d.Want("dbsize", ":1")
	if ticks < 2 || ticks > 300 {
		t.Errorf("3,000 keys took %d ticks", ticks)
	}
}
