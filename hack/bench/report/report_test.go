package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/stats"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

func entrant(peer string, place suite.Place, p50 ...float64) *suite.Entrant {
	e := &suite.Entrant{Peer: peer, Place: place}
	for round, v := range p50 {
		e.Turns = append(e.Turns, suite.Turn{Round: round, CPU: time.Second,
			Result: load.Result{Requests: 1000, Rate: 1e6 / v, P50: v, P90: 2 * v, P99: 4 * v, P999: 8 * v, Max: 16 * v}})
	}
	return e
}

func example() *Run {
	slow := entrant("Go net", suite.Apart, 80, 100, 90)
	slow.Turns[1].Discarded, slow.Turns[1].Other = true, 0.31
	broken := &suite.Entrant{Peer: "a|b <c>", Place: suite.Apart, Failed: []error{errors.New("no\nluck.")}}
	c := &suite.Case{Suite: "echo-latency", Title: "TCP echo <64>", Load: load.Echo, Conns: 1, Bases: []string{"Catamaran"},
		Entrants: []*suite.Entrant{entrant("Catamaran", suite.Apart, 20, 25, 18), slow, entrant("Go net", suite.OneCore, 10, 10, 10), broken},
		Notes:    []string{"sockperf is not installed"}}
	for i := range c.Entrants[0].Turns {
		c.Entrants[0].Turns[i].Mallocs = &suite.Mallocs{Server: 250, Client: 2000}
	}
	return &Run{Rounds: 3, Duration: time.Second, Limit: 0.05, Cases: []*suite.Case{c}}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	if err := example().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Catamaran | apart | 3 of 3 | 20.0 | 80.0 | 50000 | 1000000 | 0.250 | 2.000 | - | - |",
		"| Go net | apart | 2 of 3 | 85.0 | 340.0 | 11806 | 1000000 | - | - | 0.23 (0.20..0.25) | 4.50 (4.00..5.00) |", // without round 1
		"| Go net | one core (best) | 3 of 3 | 10.0 | 40.0 | 100000 | 1000000 | - | - | 2.00 (1.80..2.50) |",
		`| a\|b <c> | apart | 0 of 1 | - | - | - | - | - | - | - | - |`,
		"a|b <c>, apart failed 1 times, the last: no luck.\n",
		"1 of 9 turns were thrown away: other processes used up to 31% of the processors.",
		"sockperf is not installed.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

// What an open loop could not send is shown.
func TestUnsent(t *testing.T) {
	c := example().Cases[0]
	c.Suite, c.Share = "open-loop", 0.5
	for i := range c.Entrants[0].Turns {
		c.Entrants[0].Turns[i].Result.Unsent = 77
	}
	var b strings.Builder
	writeCase(&b, c)
	for _, want := range []string{"| requests/s | not sent | CPU", "| 20.0 | 80.0 | 160.0 | 50000 | 77 | 1000000 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

// Each row of a table has as many cells as its head, whatever the load.
func TestRowsAreWhole(t *testing.T) {
	for _, kind := range []string{load.Echo, load.Bulk, load.Connect, load.Crowd, load.Messages, suite.Idle, load.KV, load.KVFill} {
		r := example()
		r.Cases[0].Load, r.Cases[0].Bases = kind, []string{"Catamaran", "Go net"}
		var b strings.Builder
		if err := r.Markdown(&b); err != nil {
			t.Fatal(err)
		}
		columns, tables := 0, 0
		for line := range strings.Lines(b.String()) {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns == 0 {
				columns = n
				tables++
			}
			if n != columns {
				t.Errorf("%s: %d cells, want %d: %s", kind, n-1, columns-1, line)
			}
		}
		if tables != 2 { // the goals and the case
			t.Errorf("%s: %d tables, want 2", kind, tables)
		}
	}
}

func TestJSON(t *testing.T) {
	var b strings.Builder
	if err := example().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back Run
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if turns := back.Cases[0].Entrants[1].Turns; len(turns) != 3 || !turns[1].Discarded || turns[2].Result.P50 != 90 {
		t.Errorf("got %+v", turns)
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
	}
}

func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := example().Page(path); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const link = "(benchmarks/echo-latency-1.svg)"
	if !strings.Contains(string(page), link) {
		t.Errorf("the page does not show %s", link)
	}
	svg, err := os.ReadFile(filepath.Join(filepath.Dir(path), "benchmarks", "echo-latency-1.svg"))
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, string(svg))
	if n := strings.Count(string(svg), "<polyline"); n != 3 {
		t.Errorf("%d lines, want one for each entrant that has turns", n)
	}
	if err := example().Page(strings.TrimSuffix(path, ".md")); err == nil {
		t.Error("a page without an extension would be its own folder of plots")
	}
}

// Nothing that counts, nothing drawn.
func TestPlotOfNothing(t *testing.T) {
	r := example()
	for _, e := range r.Cases[0].Entrants {
		for i := range e.Turns {
			e.Turns[i].Discarded = true
		}
	}
	if svg := percentileChart(r.Cases[0]).svg(); svg != "" {
		t.Errorf("got %s", svg)
	}
	var b strings.Builder
	if err := r.Markdown(&b); err != nil || !strings.Contains(b.String(), "| Catamaran | apart | 0 of 3 | - |") {
		t.Errorf("got %v\n%s", err, b.String())
	}
}

func TestGoals(t *testing.T) {
	var b strings.Builder
	writeGoals(&b, example().Cases)
	for _, want := range []string{
		"p50 us, Catamaran / Go net, apart | <= 0.2 | <= 0.12 | 0.23 (0.20..0.25) | missed by 12% |",
		"p50 us, Catamaran / Go net, best | <= 0.7 | <= 0.45 | 2.00 (1.80..2.50) | missed by 186% |",
		"Catamaran / raw rings, best | <= 2.6 | <= 1.8 | - | not measured |",
		"Catamaran, p99 / p50 | <= 4 | <= 2.5 | 4.00 (4.00..4.00) | reached |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
	for _, tt := range []struct {
		median float64
		atMost bool
		want   string
	}{
		{1, true, "aim reached"}, {2, true, "reached"}, {3, true, "missed by 50%"},
		{2, false, "aim reached"}, {1, false, "reached"}, {0.5, false, "missed by 50%"},
	} {
		must, aim := 2.0, 1.0
		if !tt.atMost {
			must, aim = 1.0, 2.0
		}
		if got := verdict(stats.Spread{Median: tt.median, N: 1}, tt.atMost, must, aim); got != tt.want {
			t.Errorf("%v, at most %v: %s, want %s", tt.median, tt.atMost, got, tt.want)
		}
	}
}

// Memory that was measured is shown and has a goal, and an entrant without is shown as such.
func TestCrowd(t *testing.T) {
	c := example().Cases[0]
	c.Suite, c.Load, c.Conns, c.Bases = "connections", load.Crowd, 10000, []string{suite.Ours}
	ours, alone := c.Entrants[0], entrant(suite.OursAlone, suite.Apart, 10, 10, 12)
	for i := range ours.Turns {
		ours.Turns[i].Growth = &suite.Growth{Resident: float64(i+30) * 1024, Heap: 2048}
	}
	c.Entrants = []*suite.Entrant{ours, alone}
	var b strings.Builder
	writeGoals(&b, []*suite.Case{c})
	writeCase(&b, c)
	for _, want := range []string{
		"Catamaran, server KiB/connection | <= 32 | <= 16 | 31.00 (30.00..32.00) | reached |",
		"p99 us, Catamaran / Catamaran, the active alone, apart | <= 2 | <= 1.2 | 2.00 (1.50..2.50) | reached |",
		"| Catamaran | apart | 3 of 3 | 31.0 | 2.0 | 20.0 | 80.0 | 50000 | - | - |",
		"| Catamaran, the active alone | apart | 3 of 3 | - | - | 10.0 | 40.0 | 100000 | - | 2.00 (1.50..2.50) |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no %q in\n%s", want, b.String())
		}
	}
}

// No allocation is a goal that can be reached and missed.
func TestMessages(t *testing.T) {
	for mallocs, want := range map[uint64]string{
		0: "0.00 (0.00..0.00) | aim reached |", 2: "0.00 (0.00..0.00) | aim reached |", 5000: "1.00 (1.00..1.00) | missed |",
	} {
		e := entrant(suite.Ours, suite.OneCore, 1)
		e.Turns[0].Result = load.Result{Requests: 5000, Rate: 1e7}
		e.Turns[0].Mallocs = &suite.Mallocs{Client: mallocs}
		c := &suite.Case{Suite: "memory-queue", Title: "m", Load: load.Messages, Conns: 1, Bases: []string{suite.Ours}, Entrants: []*suite.Entrant{e}}
		var b strings.Builder
		writeGoals(&b, []*suite.Case{c})
		for _, want := range []string{"ns/message | <= 150 | <= 80 | 100.00 (100.00..100.00) | reached |", "allocations/message | <= 0 | <= 0 | " + want} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%d allocations: there is no %q in\n%s", mallocs, want, b.String())
			}
		}
	}
}

// Each goal is about a case that there is, with the two entrants that it names.
func TestGoalsHaveCases(t *testing.T) {
	all, err := suite.Cases(&suite.Options{Duration: time.Second, DPDK: "/dpdk", Places: []suite.Place{suite.Apart, suite.OneCore},
		Find: func(tool string) (string, error) { return "/usr/bin/" + tool, nil }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range goals {
		g, cases, base, peer := &goals[i], 0, false, goals[i].peer == ""
		for _, c := range all {
			if c.ID() != g.id || c.Conns != g.conns || c.Loss != g.loss {
				continue
			}
			cases++
			for _, e := range c.Entrants {
				base = base || e.Peer == g.base
				peer = peer || e.Peer == g.peer && (g.place == "" || e.Place == g.place)
			}
		}
		if cases != 1 || !base || !peer {
			t.Errorf("%+v: %d cases, base %v, peer %v", g, cases, base, peer)
		}
	}
}

func TestLoadChart(t *testing.T) {
	var cases []*suite.Case
	for _, share := range []float64{0.25, 0.75} {
		c := example().Cases[0]
		c.Share = share
		cases = append(cases, c)
	}
	svg := loadChart(cases).svg()
	wellFormed(t, svg)
	if n := strings.Count(svg, "<polyline"); n != 3 || !strings.Contains(svg, ">25%</text>") || !strings.Contains(svg, ">75%</text>") {
		t.Errorf("%d lines in %s", n, svg)
	}
}
