package report

import (
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

func kvCase(name, kind string, conns int) *suite.Case {
	c := &suite.Case{Suite: suite.KVSuite, Name: name, Title: name, Load: kind, Conns: conns, Bases: []string{suite.KVOurs},
		Entrants: []*suite.Entrant{entrant(suite.KVOurs, suite.Apart, 10, 20, 12), entrant(suite.KVRedis, suite.Apart, 20, 20, 18)}}
	for i, e := range c.Entrants {
		for k := range e.Turns {
			e.Turns[k].ServerCPU = time.Duration(i+1) * time.Millisecond
			e.Turns[k].Growth = &suite.Growth{Resident: float64(80 + 20*i + k), Peak: 200}
		}
	}
	return c
}

// The processor time of the suite kv is the server's alone, and memory is by key.
func TestKV(t *testing.T) {
	var b strings.Builder
	cases := []*suite.Case{kvCase("set", load.KV, 50), kvCase("memory", load.KVFill, 1), kvCase(suite.KVManyKeys, load.KV, 50)}
	writeGoals(&b, cases)
	for _, c := range cases {
		writeCase(&b, c)
	}
	for _, want := range []string{
		"set: requests/s, kvserver / redis-server, best | >= 1 | >= 1.3 | 1.50 (1.00..2.00) | aim reached |",
		"set: server CPU ns/request, kvserver / redis-server, best | <= 1 | <= 1 | 0.50 (0.50..0.50) | aim reached |",
		"memory: server bytes/key, kvserver / redis-server, best | <= 1.5 | <= 1 | 0.80 (0.80..0.80) | aim reached |",
		"| redis-server | apart | 3 of 3 | 50000 | 20.0 | 80.0 | 2000 | 1.50 (1.00..2.00) | 0.67 (0.50..1.00) | 0.50 (0.50..0.50) |",
		"| redis-server | apart | 3 of 3 | 101.0 | 200.0 | 50000 | 0.80 (0.80..0.80) |",
		"| requests/s | p50 us | p99 us | p99.9 us | server CPU ns/request | p99 us, kvserver / peer |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

// An open loop of kv is no line in the plot of echo's, which has other entrants.
func TestKVIsNotPlotted(t *testing.T) {
	r := example()
	open := kvCase("open-loop", load.KV, 50)
	open.Share = 0.5
	echo := example().Cases[0]
	echo.Suite, echo.Share = "open-loop", 0.5
	r.Cases = []*suite.Case{echo, open}
	names, err := r.Plots(t.TempDir())
	if err != nil || len(names) != 1 || names[0] != "open-loop.svg" {
		t.Errorf("plots are %q, %v", names, err)
	}
	var b strings.Builder
	writeCase(&b, open)
	if !strings.Contains(b.String(), "| not sent | server CPU ns/request |") || strings.Contains(b.String(), "Go net") {
		t.Errorf("the open loop is told as\n%s", b.String())
	}
}
