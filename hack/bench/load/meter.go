package load

import (
	"fmt"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// A Meter counts requests and their latencies. One goroutine owns it.
type Meter struct {
	latency              *hdr.Histogram // nanoseconds
	requests, mismatches uint64
}

// NewMeter returns an empty meter for latencies up to 10 s.
func NewMeter() *Meter { return &Meter{latency: hdr.New(1, int64(10*time.Second), 3)} }

// Answered counts a request that was answered after d.
func (m *Meter) Answered(d time.Duration, intact bool) error {
	m.requests++
	if !intact {
		m.mismatches++
	}
	if err := m.latency.RecordValue(max(1, int64(d))); err != nil {
		return fmt.Errorf("record a latency of %v: %w", d, err)
	}
	return nil
}

// Total returns what the meters counted together in elapsed.
func Total(elapsed time.Duration, meters ...*Meter) Result {
	all := NewMeter()
	for _, m := range meters {
		all.requests += m.requests
		all.mismatches += m.mismatches
		all.latency.Merge(m.latency) // all histograms have the same range: nothing is dropped
	}
	at := func(percent float64) float64 { return float64(all.latency.ValueAtPercentile(percent)) / 1e3 }
	return Result{Requests: all.requests, Mismatches: all.mismatches, Rate: float64(all.requests) / elapsed.Seconds(),
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(all.latency.Max()) / 1e3}
}
