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

// Plots writes a plot of latency percentiles for each case of requests in a closed loop and one of latency against load,
// and returns the names of the files.
func (r *Run) Plots(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var names []string
	draw := func(name string, c *chart) error {
		svg := c.svg()
		if svg == "" {
			return nil
		}
		names = append(names, name)
		return os.WriteFile(filepath.Join(dir, name), []byte(svg), 0o644)
	}
	var open []*suite.Case
	for _, c := range r.Cases {
		var err error
		switch {
		case c.Share > 0 && c.Load == load.Echo:
			open = append(open, c)
		case c.Load == load.Echo || c.Load == load.Connect:
			err = draw(fmt.Sprintf("%s-%d.svg", strings.ReplaceAll(c.ID(), "/", "-"), c.Conns), percentileChart(c))
		}
		if err != nil {
			return nil, fmt.Errorf("write a plot: %w", err)
		}
	}
	if len(open) > 0 {
		if err := draw("open-loop.svg", loadChart(open)); err != nil {
			return nil, fmt.Errorf("write a plot: %w", err)
		}
	}
	return names, nil
}

// The percentiles of a plot.
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

// A chart has lines over labels that are evenly spaced, on a logarithmic axis.
type chart struct {
	title  string
	labels []string
	lines  []line
}

type line struct {
	name   string
	values []float64 // by label; 0: none
}

func percentileChart(c *suite.Case) *chart {
	ch := &chart{title: c.Title + ": latency in microseconds"}
	for _, p := range percentiles {
		ch.labels = append(ch.labels, p.name)
	}
	for _, e := range c.Entrants {
		l := line{name: e.Name()}
		for _, p := range percentiles {
			l.values = append(l.values, stats.OfSamples(e.Kept(p.of)).Median)
		}
		ch.lines = append(ch.lines, l)
	}
	return ch
}

// loadChart has the shares of the peak that the cases are of. They have the same entrants.
func loadChart(cases []*suite.Case) *chart {
	ch := &chart{title: "Open loop: p99 latency in microseconds against load in percent of the peak"}
	for i, e := range cases[0].Entrants {
		l := line{name: e.Name()}
		for _, c := range cases {
			l.values = append(l.values, stats.OfSamples(c.Entrants[i].Kept(p99.of)).Median)
		}
		ch.lines = append(ch.lines, l)
	}
	for _, c := range cases {
		ch.labels = append(ch.labels, fmt.Sprintf("%.0f%%", 100*c.Share))
	}
	return ch
}

// svg draws the chart. It is empty when there is nothing to draw.
func (ch *chart) svg() string {
	lowest, highest := math.Inf(1), 0.0
	for _, l := range ch.lines {
		for _, v := range l.values {
			if v > 0 {
				lowest, highest = min(lowest, v), max(highest, v)
			}
		}
	}
	if highest == 0 {
		return ""
	}
	bottom, ceiling := math.Floor(math.Log10(lowest)), math.Ceil(math.Log10(highest))
	ceiling = max(ceiling, bottom+1)
	x := func(i int) float64 { return left + innerWidth*float64(i)/float64(max(1, len(ch.labels)-1)) }
	y := func(v float64) float64 { return top + innerHeight*(1-(math.Log10(v)-bottom)/(ceiling-bottom)) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n",
		plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="%d" y="22" font-size="15">%s</text>`+"\n",
		left, html.EscapeString(ch.title))
	for d := bottom; d <= ceiling; d++ {
		v := math.Pow(10, d)
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, left+innerWidth, y(v), y(v), left-6, y(v)+4, v)
	}
	for i, label := range ch.labels {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(i), top+innerHeight+20, html.EscapeString(label))
	}
	for i, l := range ch.lines {
		var points []string
		for k, v := range l.values {
			if v > 0 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(k), y(v)))
			}
		}
		if len(points) == 0 {
			continue
		}
		colour := colours[i%len(colours)]
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), colour)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="14" height="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			left+innerWidth+30, top+20*i, colour, left+innerWidth+52, top+20*i+6, html.EscapeString(l.name))
	}
	b.WriteString("</svg>\n")
	return b.String()
}
