package report

import (
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/stats"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// Plots writes a plot of latency percentiles for each case of requests, and returns the names of the files.
func (r *Run) Plots(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	for i, c := range r.Cases {
		if c.Load != load.Echo && c.Load != load.Connect {
			continue
		}
		svg := plot(c)
		if svg == "" {
			continue
		}
		name := fmt.Sprintf("%d-%s.svg", i+1, c.Suite)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(svg), 0o644); err != nil {
			return nil, fmt.Errorf("write a plot: %w", err)
		}
		names = append(names, name)
	}
	return names, nil
}

// The percentiles of a plot, evenly spaced: each is a tenth of the requests that are slower than the one before, or so.
var percentiles = []struct {
	name string
	of   func(*suite.Turn) float64
}{
	{"50%", func(t *suite.Turn) float64 { return t.Result.P50 }},
	{"90%", func(t *suite.Turn) float64 { return t.Result.P90 }},
	{"99%", func(t *suite.Turn) float64 { return t.Result.P99 }},
	{"99.9%", func(t *suite.Turn) float64 { return t.Result.P999 }},
	{"max", func(t *suite.Turn) float64 { return t.Result.Max }},
}

var colours = []string{"#0b6e4f", "#6bbf59", "#9ad5ca", "#c1121f", "#f4978e", "#fb8500", "#5a189a", "#b79ced", "#333333", "#1d4ed8", "#93c5fd"}

// Sizes in pixels.
const (
	plotWidth, plotHeight = 860, 420
	left, top             = 70, 40
	innerWidth            = 480
	innerHeight           = 320
)

// plot draws percentiles against latency on a logarithmic axis. It is empty when no turn counts.
func plot(c *suite.Case) string {
	lowest, highest := math.Inf(1), 0.0
	lines := make([][]float64, len(c.Entrants))
	for i, e := range c.Entrants {
		for _, p := range percentiles {
			if s := stats.OfSamples(e.Kept(p.of)); s.N > 0 && s.Median > 0 {
				lines[i] = append(lines[i], s.Median)
				lowest, highest = min(lowest, s.Median), max(highest, s.Median)
			}
		}
	}
	if highest == 0 {
		return ""
	}
	bottom, ceiling := math.Floor(math.Log10(lowest)), math.Ceil(math.Log10(highest))
	ceiling = max(ceiling, bottom+1)
	x := func(i int) float64 { return left + innerWidth*float64(i)/float64(len(percentiles)-1) }
	y := func(v float64) float64 {
		return top + innerHeight*(1-(math.Log10(v)-bottom)/(ceiling-bottom))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="22" font-size="15">%s: latency in microseconds</text>`+"\n",
		left, html.EscapeString(c.Title))
	for d := bottom; d <= ceiling; d++ {
		v := math.Pow(10, d)
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, left+innerWidth, y(v), y(v), left-6, y(v)+4, v)
	}
	for i, p := range percentiles {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(i), top+innerHeight+20, p.name)
	}
	for i, e := range c.Entrants {
		if len(lines[i]) < 2 {
			continue
		}
		colour := colours[i%len(colours)]
		var points []string
		for k, v := range lines[i] {
			// A tool that does not tell all percentiles tells the first ones and the greatest.
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(k), y(v)))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colour)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="14" height="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			left+innerWidth+30, top+20*i, colour, left+innerWidth+52, top+20*i+6, html.EscapeString(e.Name()))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
