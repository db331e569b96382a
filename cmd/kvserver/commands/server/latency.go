package server

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

var latencyCommands = []engine.Command{
	{Name: "latest", Arity: 2, Flags: as | engine.NoScript, Run: latencyLatest},
	{Name: "history", Arity: 3, Flags: as | engine.NoScript, Run: latencyHistory},
	{Name: "reset", Arity: -2, Flags: as | engine.NoScript, Run: latencyReset},
	{Name: "doctor", Arity: 2, Flags: as | engine.NoScript, Run: latencyDoctor},
	{Name: "help", Arity: 2, Flags: ls, Run: func(c *engine.Call) {
		c.Help(
			"DOCTOR", "    Return a report of latency spikes for people.",
			"HISTORY <event>", "    Return the samples of an event: command, fast-command.",
			"LATEST", "    Return the latest sample of each event.",
			"RESET [<event> ...]", "    Forget the samples of events, or all.",
		)
	}},
}

func events(c *engine.Call) []string { return slices.Sorted(maps.Keys(c.E.LatencyEvents())) }

func latencyLatest(c *engine.Call) {
	names := events(c)
	c.Out.Array(len(names))
	for _, name := range names {
		ev := c.E.LatencyEvents()[name]
		last := ev.Samples[len(ev.Samples)-1]
		c.Out.Array(4)
		c.Out.BulkString(name)
		c.Out.Int(last.At)
		c.Out.Int(last.Millis)
		c.Out.Int(ev.Max)
	}
}

func latencyHistory(c *engine.Call) {
	ev := c.E.LatencyEvents()[c.Arg(2)]
	if ev == nil {
		c.Out.Array(0)
		return
	}
	c.Out.Array(len(ev.Samples))
	for _, s := range ev.Samples {
		c.Out.Array(2)
		c.Out.Int(s.At)
		c.Out.Int(s.Millis)
	}
}

func latencyReset(c *engine.Call) {
	names := events(c)
	if len(c.Args) > 2 {
		names = nil
		for i := range c.Args[2:] {
			names = append(names, c.Arg(2+i))
		}
	}
	n := int64(0)
	for _, name := range names {
		if c.E.ResetLatency(name) {
			n++
		}
	}
	c.Out.Int(n)
}

func latencyDoctor(c *engine.Call) {
	if c.E.Config.LatencyMonitorThreshold == 0 {
		c.Out.Verbatim("txt", "Latency monitoring is off. Switch it on with CONFIG SET latency-monitor-threshold <milliseconds>.\n")
		return
	}
	var b strings.Builder
	for _, name := range events(c) {
		ev := c.E.LatencyEvents()[name]
		fmt.Fprintf(&b, "%s: %d latency spikes, the worst of %d ms.\n", name, len(ev.Samples), ev.Max)
	}
	if b.Len() == 0 {
		b.WriteString("No latency spike was seen.\n")
	} else {
		b.WriteString("SLOWLOG GET names the commands.\n")
	}
	c.Out.Verbatim("txt", b.String())
}
