package report

import (
	"fmt"
	"math"

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
	unsent   = metric{"not sent", "%.0f", func(t *suite.Turn) float64 { return float64(t.Result.Unsent) }}
	gigabits = metric{"Gb/s", "%.2f", func(t *suite.Turn) float64 { return t.Result.Bits / 1e9 }}
	cpuKiB   = metric{"CPU ns/KiB", "%.0f", func(t *suite.Turn) float64 {
		return float64(t.CPU) / (float64(max(1, t.Result.Requests)) * load.RecordSize / 1024)
	}}
	resident = metric{"server KiB/connection", "%.1f", func(t *suite.Turn) float64 {
		return growth(t, func(g *suite.Growth) float64 { return g.Resident / 1024 })
	}}
	heap = metric{"Go heap and stacks, KiB/connection", "%.1f", func(t *suite.Turn) float64 {
		return growth(t, func(g *suite.Growth) float64 { return g.Heap / 1024 })
	}}
	serverAllocs = metric{"allocations/request, server", "%.3f", func(t *suite.Turn) float64 {
		return allocations(t, func(m *suite.Mallocs) uint64 { return m.Server })
	}}
	clientAllocs = metric{"client", "%.3f", func(t *suite.Turn) float64 {
		return allocations(t, func(m *suite.Mallocs) uint64 { return m.Client })
	}}
	perMessage       = metric{"ns/message", "%.1f", func(t *suite.Turn) float64 { return 1e9 / t.Result.Rate }}
	perMessageAllocs = metric{"allocations/message", "%.3f", func(t *suite.Turn) float64 {
		return allocations(t, func(m *suite.Mallocs) uint64 { return m.Client })
	}}
	share = metric{"CPU % of a core", "%.2f", suite.IdleShare}
)

// allocations is NaN where it is not known. It is rounded to thousandths: the Go runtime has some of its own now and then.
func allocations(t *suite.Turn, of func(*suite.Mallocs) uint64) float64 {
	if t.Mallocs == nil {
		return math.NaN()
	}
	return math.Round(1000*float64(of(t.Mallocs))/float64(max(1, t.Result.Requests))) / 1000
}

// growth is NaN, which is shown as a dash and forms no ratio, where it was not measured.
func growth(t *suite.Turn, of func(*suite.Growth) float64) float64 {
	if t.Growth == nil {
		return math.NaN()
	}
	return of(t.Growth)
}

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
	case load.KV:
		return kvTable(c)
	case load.KVFill:
		return table{[]metric{perKey, perKeyPeak, rate}, []metric{perKey}, perKey, true, "Less is better, more in requests/s, which is " +
			"how fast they were stored. Memory is what the server has resident above what it had without a key, when that has " +
			"come to rest; the peak is the most that it had."}
	case load.Bulk:
		return table{[]metric{gigabits, cpuKiB}, []metric{gigabits}, gigabits, false, "More Gb/s is better."}
	case load.Messages:
		return table{[]metric{perMessage, perMessageAllocs}, []metric{perMessage}, perMessage, true, "Less is better. Catamaran pushes " +
			"to a memory queue, pops, waits for both and frees; the unbuffered channel has the receiver in another goroutine."}
	case load.Crowd:
		return table{[]metric{resident, heap, p50, p99, rate}, []metric{resident, p99}, p99, true, "Less is better, more in requests/s. " +
			"Memory is what the server has resident when all connections are open and idle and each has made a request, above what it " +
			"had before the first; what the kernel keeps for its own sockets is not in it. The Go heap and stacks count whole, also " +
			"what was never touched and so is not resident. Latency is that of the active ones, in a closed loop."}
	case suite.Idle:
		return table{[]metric{share}, nil, share, true, "Idle for 5 s, each with its default policy."}
	}
	t := table{[]metric{p50, p99, rate, cpu, serverAllocs, clientAllocs}, []metric{p50, rate}, rate, false,
		"Less is better, more in requests/s."}
	if c.Share > 0 {
		return table{[]metric{p50, p99, p999, rate, unsent, cpu, serverAllocs, clientAllocs}, []metric{p50, p99}, p99, true, "Less is better. Latency counts from when a " +
			"request was due; what was due and not sent before the end has none. The peak is the lower one of Catamaran's and Go net's in a closed loop."}
	}
	switch c.ID() {
	case "echo-latency", suite.DPDKSuite + "/" + suite.DPDKEcho:
		t.best, t.low = p50, true
	case suite.DPDKSuite + "/" + suite.DPDKRaw:
		return table{[]metric{fineP50, fineP99, rate, cpu, serverAllocs, clientAllocs}, []metric{fineP50, fineP99}, fineP50, true, "Less is " +
			"better, more in requests/s."}
	}
	return t
}

func (m *metric) text(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf(m.format, v)
}
