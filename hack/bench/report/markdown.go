package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/stats"
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// Markdown writes a table for each case.
func (r *Run) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Started %s.\n\n", r.Machine.String(), r.Started.UTC().Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(&b, "%d rounds, interleaved, %v a turn. A turn in which other processes used more than %g%% of the processors "+
		"does not count. Numbers are medians over the turns that count; a ratio is formed within each round, and is given "+
		"as median (least..greatest). \"(best)\" marks a peer's better placement.\n", r.Rounds, r.Duration, 100*r.Limit)
	writeGoals(&b, r.Cases)
	for _, c := range r.Cases {
		writeCase(&b, c)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the tables: %w", err)
	}
	return nil
}

func writeCase(b *strings.Builder, c *suite.Case) {
	t := tableOf(c)
	fmt.Fprintf(b, "\n### %s: %s\n\n", c.ID(), c.Title)
	head := []string{"peer", "cores", "turns"}
	for _, m := range t.columns {
		head = append(head, m.name)
	}
	for _, base := range c.Bases {
		for _, m := range t.ratios {
			head = append(head, fmt.Sprintf("%s, %s / peer", m.name, base))
		}
	}
	writeRow(b, head)
	fmt.Fprintf(b, "|---|---|%s\n", strings.Repeat("---:|", len(head)-2))
	best := bestPlaces(c, &t)
	for _, e := range c.Entrants {
		writeRow(b, cells(c, e, &t, best[e]))
	}
	b.WriteString("\n" + t.note + "\n")
	for _, note := range append(discards(c), c.Notes...) {
		fmt.Fprintf(b, "\n%s.\n", note)
	}
}

func cells(c *suite.Case, e *suite.Entrant, t *table, best bool) []string {
	place := string(e.Place)
	if best {
		place += " (best)"
	}
	kept := len(e.Kept(t.best.of))
	row := []string{e.Peer, place, fmt.Sprintf("%d of %d", kept, len(e.Turns)+len(e.Failed))}
	for _, m := range t.columns {
		if kept == 0 {
			row = append(row, "-")
			continue
		}
		row = append(row, m.text(stats.OfSamples(e.Kept(m.of)).Median))
	}
	for _, base := range c.Bases {
		for _, m := range t.ratios {
			row = append(row, ratio(c, base, e, m))
		}
	}
	return row
}

// ratio is that of a base to an entrant; a base is not compared with itself.
func ratio(c *suite.Case, base string, e *suite.Entrant, m metric) string {
	for _, b := range c.Entrants {
		if b.Peer != base || b == e {
			continue
		}
		if s := stats.Ratio(b.Kept(m.of), e.Kept(m.of)); s.N > 0 {
			return spread(s)
		}
	}
	return "-"
}

// bestPlaces finds the better place of each peer that was in two.
func bestPlaces(c *suite.Case, t *table) map[*suite.Entrant]bool {
	best := map[string]*suite.Entrant{}
	places := map[string]int{}
	for _, e := range c.Entrants {
		kept := stats.OfSamples(e.Kept(t.best.of))
		if kept.N == 0 {
			continue
		}
		places[e.Peer]++
		other := best[e.Peer]
		if other == nil || t.low == (kept.Median < stats.OfSamples(other.Kept(t.best.of)).Median) {
			best[e.Peer] = e
		}
	}
	marked := map[*suite.Entrant]bool{}
	for peer, e := range best {
		marked[e] = places[peer] > 1
	}
	return marked
}

// discards says which turns do not count and which gave nothing.
func discards(c *suite.Case) []string {
	var notes []string
	thrown, all, worst := 0, 0, 0.0
	for _, e := range c.Entrants {
		for _, t := range e.Turns {
			all++
			if t.Discarded {
				thrown++
				worst = max(worst, t.Other)
			}
		}
		if len(e.Failed) > 0 {
			notes = append(notes, fmt.Sprintf("%s failed %d times, the last: %s", e.Name(), len(e.Failed),
				strings.TrimSuffix(strings.Join(strings.Fields(e.Failed[len(e.Failed)-1].Error()), " "), ".")))
		}
	}
	if thrown > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d turns were thrown away: other processes used up to %.0f%% of the processors",
			thrown, all, 100*worst))
	}
	return notes
}

func writeRow(b *strings.Builder, cells []string) {
	b.WriteString("|")
	for _, c := range cells {
		b.WriteString(" " + strings.ReplaceAll(c, "|", "\\|") + " |")
	}
	b.WriteString("\n")
}
