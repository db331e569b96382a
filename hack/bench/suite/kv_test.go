package suite

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

const redisBenchmarkOutput = `"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
"GET","251999.98","0.219","0.032","0.079","2.327","2.399","2.415"
`

func TestParseRedisBenchmark(t *testing.T) {
	for _, before := range []string{"", "WARNING: something, \"odd\"\n"} {
		got, err := parseRedisBenchmark([]byte(before + redisBenchmarkOutput))
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
		if err != nil || got.Rate != 251999.98 || !near(got.P50, 79) || !near(got.P99, 2399) || !near(got.Max, 2415) {
			t.Errorf("after %q: got %+v, %v", before, got, err)
		}
	}
	head, row, _ := strings.Cut(redisBenchmarkOutput, "\n")
	for name, bad := range map[string]string{
		"nothing":      "",
		"no table":     row,
		"no row":       head + "\n",
		"two tests":    redisBenchmarkOutput + row,
		"a cut row":    head + "\n\"GET\",\"251999.98\"\n",
		"a word":       strings.Replace(redisBenchmarkOutput, "2.399", "much", 1),
		"no rate":      strings.Replace(redisBenchmarkOutput, "rps", "rpm", 1),
		"no p99":       strings.Replace(redisBenchmarkOutput, "p99", "p98", 1),
		"no answer":    strings.Replace(redisBenchmarkOutput, "251999.98", "0.00", 1),
		"endless":      strings.Replace(redisBenchmarkOutput, "2.399", "+Inf", 1),
		"negative":     strings.Replace(redisBenchmarkOutput, "2.415", "-1", 1),
		"not a number": strings.Replace(redisBenchmarkOutput, "251999.98", "nan", 1),
	} {
		if got, err := parseRedisBenchmark([]byte(bad)); err == nil {
			t.Errorf("%s is read as %+v", name, got)
		}
	}
}

// Each case of the suite can be had alone.
func TestKVNames(t *testing.T) {
	all, err := Cases(options(), []string{KVSuite})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		one, err := Cases(options(), []string{c.ID()})
		if err != nil || len(one) != 1 || one[0].Title != c.Title {
			t.Errorf("%s: %d cases, %v", c.ID(), len(one), err)
		}
	}
	for _, bad := range []string{"kv/", "kv/none", "bulk/", "/get"} {
		if _, err := Cases(options(), []string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// Without the tools of Redis, the notes tell which package has them, and what is left has the rows of kvserver.
func TestKVWithoutRedis(t *testing.T) {
	for _, tt := range []struct {
		missing, pkg string
		rows         map[string][]string
	}{
		{redisServer, "redis-server", map[string][]string{"kv/get": {KVOurs, KVBlock}, "kv/ours-get": {KVOurs}, "kv/memory": {KVOurs}, "kv/open-loop": {KVOurs}}},
		{redisBenchmark, "redis-tools", map[string][]string{"kv/get": nil, "kv/ours-get": {KVOurs, KVRedisOurs}, "kv/memory": {KVOurs, KVRedis}}},
	} {
		for id, want := range tt.rows {
			all, err := Cases(options(tt.missing), []string{id})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range all[0].Entrants {
				got = append(got, e.Peer)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s without %s: %q, want %q", id, tt.missing, got, want)
			}
			if len(all[0].Notes) != 1 || !strings.Contains(all[0].Notes[0], "apt-get install "+tt.pkg) {
				t.Errorf("%s without %s: notes are %q", id, tt.missing, all[0].Notes)
			}
		}
	}
}

// A server that does not know SIGUSR1 is never sent it: that would end it.
func TestKVIsNotAsked(t *testing.T) {
	all, err := Cases(options(), []string{KVSuite})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		for _, e := range c.Entrants {
			if e.server.tells() {
				t.Errorf("%s: %s is asked for its memory", c.ID(), e.Name())
			}
			if counted := e.kv.counted > 0; counted != slices.Contains(e.client.argv, "--csv") {
				t.Errorf("%s: %s: the client takes a number of requests %v: %q", c.ID(), e.Name(), counted, e.client.argv)
			}
		}
	}
	if e := (&Entrant{}); e.kv.grace() != 0 {
		t.Error("a turn of another suite has time for keys")
	}
	if (&kvPlan{keys: 10000000}).grace() != load.KVGrace(10000000) {
		t.Error("keys have no time to be stored")
	}
}
