package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// demoResult is what `echo client --json` reports; times are in microseconds.
type demoResult struct {
	Requests   uint64  `json:"requests"`
	Rate       float64 `json:"rate"`
	P50        float64 `json:"p50_us"`
	P90        float64 `json:"p90_us"`
	P99        float64 `json:"p99_us"`
	P999       float64 `json:"p999_us"`
	Max        float64 `json:"max_us"`
	Errors     uint64  `json:"errors"`
	Mismatches uint64  `json:"mismatches"`
}

// A demoRow is one configuration with the result of each round.
type demoRow struct {
	server, client string
	rounds         []demoResult
}

func (r *demoRow) name() string { return r.client + " -> " + r.server }

// merged returns the median over the rounds of every rate and percentile, the largest maximum and the sums of the counts.
func (r *demoRow) merged() demoResult {
	var m demoResult
	for _, x := range r.rounds {
		m.Requests += x.Requests
		m.Errors += x.Errors
		m.Mismatches += x.Mismatches
		m.Max = max(m.Max, x.Max)
	}
	m.Rate = r.median(func(x demoResult) float64 { return x.Rate })
	m.P50 = r.median(func(x demoResult) float64 { return x.P50 })
	m.P90 = r.median(func(x demoResult) float64 { return x.P90 })
	m.P99 = r.median(func(x demoResult) float64 { return x.P99 })
	m.P999 = r.median(func(x demoResult) float64 { return x.P999 })
	return m
}

func (r *demoRow) median(field func(demoResult) float64) float64 {
	if len(r.rounds) == 0 {
		return 0
	}
	v := make([]float64, len(r.rounds))
	for i, x := range r.rounds {
		v[i] = field(x)
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// A printer keeps the first error of its writer.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func printTable(p *printer, rows []*demoRow) {
	p.printf("%-16s %-16s %11s %9s %9s %9s %9s %9s %7s\n",
		"server", "client", "requests/s", "p50 us", "p90 us", "p99 us", "p99.9 us", "max us", "errors")
	for _, r := range rows {
		m := r.merged()
		p.printf("%-16s %-16s %11.0f %9.1f %9.1f %9.1f %9.1f %9.1f %7d\n",
			r.server, r.client, m.Rate, m.P50, m.P90, m.P99, m.P999, m.Max, m.Errors+m.Mismatches)
	}
	p.printf("Median of the rounds; max is the largest; errors are summed and include wrong answers.\n")
}

const barWidth = 48

// printBars draws the percentiles of the round trip on a logarithmic scale from the power of ten below the smallest to
// the power of ten above the largest.
func printBars(p *printer, rows []*demoRow) {
	low, high := math.Inf(1), 0.0
	for _, r := range rows {
		m := r.merged()
		if m.P50 > 0 {
			low, high = min(low, m.P50), max(high, m.Max)
		}
	}
	if high == 0 {
		return
	}
	lo, hi := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	if hi <= lo {
		hi = lo + 1
	}
	p.printf("Latency in microseconds, logarithmic from %g to %g, one + a power of ten:\n", math.Pow(10, lo), math.Pow(10, hi))
	for _, r := range rows {
		m := r.merged()
		p.printf("  %s\n", r.name())
		for _, x := range []struct {
			name string
			us   float64
		}{{"p50", m.P50}, {"p90", m.P90}, {"p99", m.P99}, {"p99.9", m.P999}, {"max", m.Max}} {
			p.printf("    %-5s |%s| %.1f\n", x.name, bar(x.us, lo, hi), x.us)
		}
	}
}

// bar draws us on a scale from 10^lo to 10^hi, which has a + at each power of ten where the bar does not reach.
func bar(us, lo, hi float64) string {
	n := 0
	if us > 0 {
		n = int(math.Round((math.Log10(us) - lo) / (hi - lo) * barWidth))
		n = min(max(n, 1), barWidth)
	}
	b := []byte(strings.Repeat("#", n) + strings.Repeat(" ", barWidth-n))
	for e := lo + 1; e < hi; e++ {
		if i := int((e - lo) / (hi - lo) * barWidth); b[i] == ' ' {
			b[i] = '+'
		}
	}
	return string(b)
}
