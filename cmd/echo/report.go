package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// A report is the outcome of a load. Latencies are microseconds.
type report struct {
	Requests   uint64  `json:"requests"` // answered
	Rate       float64 `json:"rate"`     // requests/s
	P50        float64 `json:"p50_us"`
	P90        float64 `json:"p90_us"`
	P99        float64 `json:"p99_us"`
	P999       float64 `json:"p999_us"`
	Max        float64 `json:"max_us"`
	Unsent     uint64  `json:"unsent"`     // requests of the open loop that were due and found no room
	Errors     uint64  `json:"errors"`     // requests without an answer, connections that failed
	Mismatches uint64  `json:"mismatches"` // answers with a wrong byte or length
	Mallocs    uint64  `json:"mallocs"`    // objects that were allocated on the Go heap from the first request to the last reply
}

func (l *load) report() report {
	at := func(percent float64) float64 { return float64(l.latency.ValueAtPercentile(percent)) / 1e3 }
	r := report{
		Requests: l.done, Errors: l.errors, Mismatches: l.mismatches, Mallocs: l.mallocs, Unsent: l.unsent(),
		P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(l.latency.Max()) / 1e3,
	}
	if elapsed := l.ended.Sub(l.start).Seconds(); elapsed > 0 {
		r.Rate = float64(l.done) / elapsed
	}
	return r
}

func (r *report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintf(w, "requests %d  rate %.0f/s  p50 %.1f us  p90 %.1f us  p99 %.1f us  p99.9 %.1f us  max %.1f us  "+
		"errors %d  mismatches %d\n", r.Requests, r.Rate, r.P50, r.P90, r.P99, r.P999, r.Max, r.Errors, r.Mismatches)
	return err
}
