package report

import (
	"fmt"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// A metric is one number of a turn.
type metric struct {
	name   string
	format string
	of     func(*suite.Turn) float64
}

var (
	p50      = metric{"p50 us", "%.1f", func(t *suite.Turn) float64 { return t.Result.P50 }}
	p99      = metric{"p99 us", "%.1f", func(t *suite.Turn) float64 { return t.Result.P99 }}
	p999     = metric{"p99.9 us", "%.1f", func(t *suite.Turn) float64 { return t.Result.P999 }}
	rate     = metric{"requests/s", "%.0f", func(t *suite.Turn) float64 { return t.Result.Rate }}
	cpu      = metric{"CPU ns/request", "%.0f", func(t *suite.Turn) float64 { return float64(t.CPU) / float64(max(1, t.Result.Requests)) }}
	gigabits = metric{"Gb/s", "%.2f", func(t *suite.Turn) float64 { return t.Result.Bits / 1e9 }}
	cpuKiB   = metric{"CPU ns/KiB", "%.0f", func(t *suite.Turn) float64 {
		return float64(t.CPU) / (float64(max(1, t.Result.Requests)) * load.RecordSize / 1024)
	}}
	share = metric{"CPU % of a core", "%.2f", suite.IdleShare}
)

// A table says what a case is told with: columns, the metrics that ratios are formed of, and the one that tells the better
// of two places.
type table struct {
	columns []metric
	ratios  []metric
	best    metric
	low     bool // less of best is better
	note    string
}

func tableOf(c *suite.Case) table {
	switch c.Load {
	case load.Bulk:
		return table{[]metric{gigabits, cpuKiB}, []metric{gigabits}, gigabits, false, "More Gb/s is better."}
	case suite.Idle:
		return table{[]metric{share}, nil, share, true, "Idle for 5 s, each with its default policy."}
	}
	t := table{[]metric{p50, p99, rate, cpu}, []metric{p50, rate}, rate, false,
		"Less is better in p50 and p99, more in requests/s."}
	if c.Share > 0 {
		return table{[]metric{p50, p99, p999, rate, cpu}, []metric{p50, p99}, p99, true, "Less is better. Latency counts from when a " +
			"request was due; the peak is the lower one of Catamaran's and Go net's in a closed loop."}
	}
	if c.Suite == "echo-latency" {
		t.best, t.low = p50, true
	}
	return t
}

func (m *metric) text(v float64) string { return fmt.Sprintf(m.format, v) }
