package report

import (
	"fmt"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/stats"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// A goal is a bound on the ratio of a metric of base to that of a peer in a case, or on the metric itself.
type goal struct {
	id         string // of the case
	conns      int
	loss       float64
	metric     metric
	base, peer string      // no peer: the bound is on the metric itself
	place      suite.Place // of the peer; empty: its better one
	atMost     bool        // the ratio shall be small
	must, aim  float64
}

var goals = []goal{
	{"echo-latency", 1, 0, p50, suite.Ours, suite.GoNet, suite.Apart, true, 0.20, 0.12},
	{"echo-latency", 1, 0, p50, suite.Ours, suite.GoNet, "", true, 0.70, 0.45},
	{"echo-latency", 1, 0, p50, suite.Ours, suite.KernelSpin, "", true, 1.5, 1.0},
	{"echo-latency", 1, 0, p50, suite.Ours, suite.RawRing, "", true, 2.6, 1.8},
	{"echo-latency", 1, 0, p50, suite.Ours, suite.Gvisor, "", true, 0.07, 0.04},
	{"echo-latency", 1, 0, tail, suite.Ours, "", "", true, 4, 2.5},
	{"echo-throughput", 64, 0, rate, suite.Ours, suite.GoNet, "", false, 1.2, 2.0},
	{"echo-throughput", 64, 0, rate, suite.Ours, suite.Gvisor, "", false, 8, 12},
	{"bulk", 1, 0, gigabits, suite.Ours, suite.GoNetNoTSO, "", false, 0.6, 1.0},
	{"bulk", 1, 0, gigabits, suite.KernelToOurs, suite.GoNetNoTSO, "", false, 1.2, 1.5},
	{"connect-rate", 1, 0, rate, suite.Ours, suite.GoNet, "", false, 1.0, 2.0},
	{"connections", 10000, 0, resident, suite.Ours, "", "", true, 32, 16},
	{"connections", 10000, 0, p99, suite.Ours, suite.OursAlone, suite.Apart, true, 2, 1.2},
	{"memory-queue", 1, 0, perMessage, suite.Ours, "", "", true, 150, 80},
	{"memory-queue", 1, 0, perMessageAllocs, suite.Ours, "", "", true, 0, 0},
	{"loss", 1, 0.01, gigabits, suite.Ours, suite.GoNet, "", false, 0.9, 1.1},
	{"kv/set", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.0, 1.3},
	{"kv/set", 50, 0, serverCPU, suite.KVOurs, suite.KVRedis, "", true, 1.0, 1.0},
	{"kv/set", 50, 0, rate, suite.KVBlock, suite.KVRedis, "", false, 1.0, 1.3},
	{"kv/set", 50, 0, serverCPU, suite.KVBlock, suite.KVRedis, "", true, 1.0, 1.0},
	{"kv/get", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.0, 1.3},
	{"kv/get", 50, 0, serverCPU, suite.KVOurs, suite.KVRedis, "", true, 1.0, 1.0},
	{"kv/get", 50, 0, rate, suite.KVBlock, suite.KVRedis, "", false, 1.0, 1.3},
	{"kv/get", 50, 0, serverCPU, suite.KVBlock, suite.KVRedis, "", true, 1.0, 1.0},
	{"kv/set-p16", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 0.8, 1.2},
	{"kv/get-p16", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 0.8, 1.2},
	{"kv/afxdp-set", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.0, 1.5},
	{"kv/afxdp-set", 50, 0, p99, suite.KVOurs, suite.KVRedis, "", true, 1.0, 0.5},
	{"kv/afxdp-get", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.0, 1.5},
	{"kv/afxdp-get", 50, 0, p99, suite.KVOurs, suite.KVRedis, "", true, 1.0, 0.5},
	{"kv/ours-set", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.3, 2},
	{"kv/ours-set", 50, 0, p99, suite.KVOurs, suite.KVRedis, "", true, 0.5, 0.5},
	{"kv/ours-get", 50, 0, rate, suite.KVOurs, suite.KVRedis, "", false, 1.3, 2},
	{"kv/ours-get", 50, 0, p99, suite.KVOurs, suite.KVRedis, "", true, 0.5, 0.5},
	{"kv/memory", 1, 0, perKey, suite.KVOurs, suite.KVRedis, "", true, 1.5, 1.0},
	{"dpdk/raw", 1, 0, fineP50, suite.DPDKRawGo, suite.DPDKRawC, "", true, 1.6, 1.2},
	{"dpdk/echo", 1, 0, p50, suite.DPDKMemif, suite.GoNetLoopback, "", true, 0.45, 0.2},
	{"dpdk/echo", 1, 0, rate, suite.DPDKMemif, suite.GoNetLoopback, "", false, 3, 3},
	{"dpdk/echo-64", 64, 0, rate, suite.DPDKMemif, suite.GoNetLoopback, "", false, 1.5, 1.5},
	{"dpdk/bulk", 1, 0, gigabits, suite.DPDKMemif, suite.DPDKOurXDP, "", false, 2, 2},
	{"dpdk/bulk", 1, 0, gigabits, suite.DPDKVhost, suite.DPDKMemif, "", false, 2, 2},
}

// tail is p99 to p50 of the same turn.
var tail = metric{"p99 / p50", "%.2f", func(t *suite.Turn) float64 { return t.Result.P99 / t.Result.P50 }}

// writeGoals writes how the goals stand that the cases say something about.
func writeGoals(b *strings.Builder, cases []*suite.Case) {
	var rows [][]string
	for _, c := range cases {
		for i := range goals {
			if g := &goals[i]; g.id == c.ID() && g.conns == c.Conns && g.loss == c.Loss {
				rows = append(rows, g.row(c))
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n### Goals\n\n")
	writeRow(b, []string{"number or ratio", "must", "aim", "measured", ""})
	b.WriteString("|---|---:|---:|---:|---|\n")
	for _, row := range rows {
		writeRow(b, row)
	}
}

func (g *goal) row(c *suite.Case) []string {
	place := string(g.place)
	if g.place == "" {
		place = "best"
	}
	s := g.measured(c)
	what := fmt.Sprintf("%s: %s, %s / %s, %s", c.Title, g.metric.name, g.base, g.peer, place)
	if g.peer == "" {
		what = fmt.Sprintf("%s: %s, %s", c.Title, g.base, g.metric.name)
	}
	return []string{what, bound(g.atMost, g.must),
		bound(g.atMost, g.aim), spread(s), verdict(s, g.atMost, g.must, g.aim)}
}

func (g *goal) measured(c *suite.Case) stats.Spread {
	t := tableOf(c)
	marked := bestPlaces(c, &t)
	var base, peer *suite.Entrant
	for _, e := range c.Entrants {
		if e.Peer == g.base && base == nil {
			base = e
		}
		if e.Peer == g.peer && (e.Place == g.place || g.place == "" && (peer == nil || marked[e])) {
			peer = e
		}
	}
	if base != nil && g.peer == "" {
		return stats.OfSamples(base.Kept(g.metric.of))
	}
	if base == nil || peer == nil {
		return stats.Spread{}
	}
	return stats.Ratio(base.Kept(g.metric.of), peer.Kept(g.metric.of))
}

func bound(atMost bool, v float64) string {
	if atMost {
		return fmt.Sprintf("<= %g", v)
	}
	return fmt.Sprintf(">= %g", v)
}

func spread(s stats.Spread) string {
	if s.N == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f (%.2f..%.2f)", s.Median, s.Min, s.Max)
}

// verdict tells how far a missed goal is off, in percent of what it must be.
func verdict(s stats.Spread, atMost bool, must, aim float64) string {
	if s.N == 0 {
		return "not measured"
	}
	reaches := func(bound float64) bool { return s.Median == bound || (s.Median < bound) == atMost }
	switch {
	case reaches(aim):
		return "aim reached"
	case reaches(must):
		return "reached"
	case must == 0:
		return "missed"
	case atMost:
		return fmt.Sprintf("missed by %.0f%%", 100*(s.Median/must-1))
	}
	return fmt.Sprintf("missed by %.0f%%", 100*(1-s.Median/must))
}
