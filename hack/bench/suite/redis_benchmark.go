package suite

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// parseRedisBenchmark reads what redis-benchmark --csv prints about one test: a line of names and one of numbers, latencies
// in milliseconds. How many requests they are of is not in it; Requests is 1.
func parseRedisBenchmark(out []byte) (load.Result, error) {
	var res load.Result
	// What it has to say besides comes first.
	at := bytes.Index(out, []byte(`"test",`))
	if at < 0 {
		return res, errors.New("redis-benchmark printed no table")
	}
	rows, err := csv.NewReader(bytes.NewReader(out[at:])).ReadAll()
	if err != nil {
		return res, fmt.Errorf("read redis-benchmark's table: %w", err)
	}
	if len(rows) != 2 {
		return res, fmt.Errorf("redis-benchmark printed %d rows of numbers, want 1", len(rows)-1)
	}
	fields := map[string]*float64{"rps": &res.Rate, "p50_latency_ms": &res.P50, "p99_latency_ms": &res.P99, "max_latency_ms": &res.Max}
	for i, name := range rows[0] {
		dst, ok := fields[name]
		if !ok {
			continue
		}
		if *dst, err = strconv.ParseFloat(rows[1][i], 64); err != nil {
			return res, fmt.Errorf("read redis-benchmark's %s: %w", name, err)
		}
		if !(*dst >= 0) || math.IsInf(*dst, 0) { // NaN is neither
			return res, fmt.Errorf("redis-benchmark's %s is %v", name, *dst)
		}
		delete(fields, name)
	}
	if len(fields) > 0 {
		return res, fmt.Errorf("redis-benchmark printed no rate or not all latencies: %q", rows[0])
	}
	if res.Rate == 0 {
		return res, errors.New("redis-benchmark got no answer")
	}
	for _, ms := range []*float64{&res.P50, &res.P99, &res.Max} {
		*ms *= 1000
	}
	res.Requests = 1
	return res, nil
}
