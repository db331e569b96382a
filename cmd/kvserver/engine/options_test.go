package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
)

// Every option that can be changed takes the value that it has, and keeps it.
func TestOptionsToThemselves(t *testing.T) {
	d := enginetest.New(t)
	n := 0
	for _, name := range engine.OptionNames() {
		before, ok := d.E.Config.Get(name)
		if !ok {
			t.Errorf("%s has no value", name)
		}
		want := "+OK"
		if engine.Fixed(name) {
			want = "-ERR CONFIG SET failed (possibly related to argument '" + name + "') - can't set immutable config"
		}
		if got := d.Do("config", "set", name, before); got != want {
			t.Errorf("set %s to %q: %s", name, before, got)
		}
		if err := engine.DefaultConfig().SetArgs(name, []string{before}); err != nil {
			t.Errorf("a line of a file sets %s to %q: %v", name, before, err)
		}
		if after, _ := d.E.Config.Get(name); after != before {
			t.Errorf("%s was %q and is %q", name, before, after)
		}
		n++
	}
	if n < 80 {
		t.Errorf("only %d options", n)
	}
}

// The words of Redis 7.0.15 for what an option cannot be.
func TestOptionErrors(t *testing.T) {
	d := enginetest.New(t)
	for _, tc := range []struct{ name, value, want string }{
		{"maxmemory", "x", "argument must be a memory value"},
		{"maxmemory", "-1", "argument must be a memory value"},
		{"maxmemory-clients", "x", "argument must be a memory or percent value"},
		{"maxmemory-clients", "200%", "percentage argument must be less or equal to 100"},
		{"maxmemory-policy", "x", "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"},
		{"proto-max-bulk-len", "1", "argument must be between 1048576 and 9223372036854775807 inclusive"},
		{"client-query-buffer-limit", "invalid", "argument must be a memory value"},
		{"client-output-buffer-limit", "normal 1 2", "Wrong number of arguments in buffer limit configuration."},
		{"client-output-buffer-limit", "some 1 2 3", "Invalid client class specified in buffer limit configuration."},
		{"timeout", "-1", "argument must be between 0 and 2147483647 inclusive"},
		{"timeout", "x", "argument couldn't be parsed into an integer"},
		{"save", "1 2 3", "Invalid save parameters"},
		{"save", "0 1", "Invalid save parameters"},
		{"save", "3000 5 ", "Invalid save parameters"},
		{"port", "22", "Unable to listen on this port. Check server logs."},
		{"bind", "1.2.3.4", "Failed to bind to specified addresses."},
		{"databases", "3", "can't set immutable config"},
		{"daemonize", "yes", "can't set immutable config"},
		{"maxclients", "0", "argument must be between 1 and 4294967295 inclusive"},
		{"appendonly", "maybe", "argument must be 'yes' or 'no'"},
		{"sanitize-dump-payload", "x", "argument(s) must be one of the following: no, yes, clients"},
		{"shutdown-on-sigterm", "a b", "argument(s) must be one of the following: default, save, nosave, now, force"},
		{"latency-tracking-info-percentiles", "50 200", "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
		{"notify-keyspace-events", "zz!", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
	} {
		want := "-ERR CONFIG SET failed (possibly related to argument '" + tc.name + "') - " + tc.want
		if got := d.Do("config", "set", "maxmemory-samples", "7", tc.name, tc.value); got != want {
			t.Errorf("%s %s\n got %s\nwant %s", tc.name, tc.value, got, want)
		}
		if got, _ := d.E.Config.Get("maxmemory-samples"); got != "5" {
			t.Fatalf("%s: the other option was set all the same, to %s", tc.name, got)
		}
	}
	d.Want("config set maxmemory 1 maxmemory 2", "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - duplicate parameter")
	d.Want("config set nothing 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'")
}

func TestOptionValues(t *testing.T) {
	d := enginetest.New(t)
	for _, tc := range []struct{ name, value, want string }{
		{"maxmemory", "10mb", "10485760"},
		{"maxmemory", "18446744073709551615", "9223372036854775807"},
		{"save", "3000 5", "3000 5"},
		{"save", "", ""},
		{"repl-backlog-size", "10000002", "10000002"},
		{"hz", "5000", "500"},
		{"hz", "0", "1"},
		{"maxmemory-clients", "5%", "5%"},
		{"client-output-buffer-limit", "pubsub 1mb 0 0", "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0"},
		{"client-output-buffer-limit", "", "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0"},
		{"latency-tracking-info-percentiles", "0.1 50 99.99", "0.1 50 99.99"},
	} {
		if got := d.Do("config", "set", tc.name, tc.value); got != "+OK" {
			t.Errorf("%s %q: %s", tc.name, tc.value, got)
		}
		if got, _ := d.E.Config.Get(tc.name); got != tc.want {
			t.Errorf("%s %q became %q, want %q", tc.name, tc.value, got, tc.want)
		}
	}
}

// An option that is hidden is shown only by its name.
func TestHiddenOption(t *testing.T) {
	d := enginetest.New(t)
	if got := d.Line("config get *"); strings.Contains(got, "key-load-delay") || !strings.Contains(got, `"maxmemory"`) {
		t.Errorf("got %s", got)
	}
	d.Want("config get key-load-delay", `["key-load-delay", "0"]`)
	got := d.Line("config get maxmemory maxmemory* bind *of")
	for _, name := range []string{"maxmemory", "maxmemory-samples", "bind", "slaveof", "replicaof"} {
		if strings.Count(got, `"`+name+`"`) != 1 {
			t.Errorf("%s is not there once: %s", name, got)
		}
	}
}

// The lines of a file: words, and save adds up.
func TestOptionLines(t *testing.T) {
	c := engine.DefaultConfig()
	for _, line := range [][]string{
		{"SAVE", "900", "1"}, {"save", "300 10"}, {"client-output-buffer-limit", "normal", "1kb", "0", "0"}, {"maxmemory", "1gb"},
	} {
		if err := c.SetArgs(line[0], line[1:]); err != nil {
			t.Errorf("%v: %v", line, err)
		}
	}
	for name, want := range map[string]string{"save": "900 1 300 10", "maxmemory": "1073741824",
		"client-output-buffer-limit": "normal 1024 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"} {
		if got, _ := c.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if err := c.SetArgs("save", []string{""}); err != nil || c.Extra["save"] != "" {
		t.Errorf("save was not reset: %v", err)
	}
	for _, line := range [][]string{{"maxmemory"}, {"maxmemory", "1", "2"}, {"save"}, {"nothing", "1"}} {
		if err := c.SetArgs(line[0], slices.Clone(line[1:])); err == nil {
			t.Errorf("%v was taken", line)
		}
	}
}
