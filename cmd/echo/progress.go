package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress is one line on a terminal, rewritten while a load runs. nil shows nothing.
type progress struct{ w io.Writer }

// newProgress returns nil if w is no terminal.
func newProgress(w io.Writer) *progress {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{w}
}

func (p *progress) show(l *load, now time.Time) {
	if p == nil {
		return
	}
	elapsed := now.Sub(l.start)
	// A terminal that is gone is no reason to end the run.
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%v  %d requests  %.0f/s  %d errors  %d mismatches", elapsed.Truncate(tick), l.done,
		float64(l.done)/elapsed.Seconds(), l.errors, l.mismatches)
}

func (p *progress) erase() {
	if p != nil {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
	}
}
