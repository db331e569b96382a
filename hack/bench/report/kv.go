package report

import (
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

var (
	serverCPU = metric{"server CPU ns/request", "%.0f", func(t *suite.Turn) float64 {
		return float64(t.ServerCPU) / float64(max(1, t.Result.Requests))
	}}
	perKey = metric{"server bytes/key", "%.1f", func(t *suite.Turn) float64 {
		return growth(t, func(g *suite.Growth) float64 { return g.Resident })
	}}
	perKeyPeak = metric{"peak", "%.1f", func(t *suite.Turn) float64 {
		return growth(t, func(g *suite.Growth) float64 { return g.Peak })
	}}
)

// kvTable tells of requests to servers of keys and values. redis-benchmark has no p99.9.
func kvTable(c *suite.Case) table {
	t := table{columns: []metric{rate, p50, p99, serverCPU}, ratios: []metric{rate, p99, serverCPU}, best: rate,
		note: "Less is better, more in requests/s. CPU time is that of the server, all its threads together, with what the kernel " +
			"does in its name."}
	if c.Name == suite.KVManyKeys {
		t.columns, t.ratios = []metric{rate, p50, p99, p999, serverCPU}, []metric{p99}
	}
	if c.Share > 0 {
		t.columns = []metric{p50, p99, p999, rate, unsent, serverCPU}
		t.ratios, t.best, t.low = []metric{p50, p99, serverCPU}, p99, true
		t.note = "Less is better. Latency counts from when a request was due; what was due and not sent before the end has none. The " +
			"peak is the lower one of the two in a closed loop."
	}
	return t
}
