// Package report writes what a benchmark found: Markdown for people, JSON for programs, SVG for a glance.
//
// In short: one Run in, text out; nothing is left out because it looks bad.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// A Run is all that one run of the benchmark found.
type Run struct {
	Machine  Machine       `json:"machine"`
	Started  time.Time     `json:"started"`
	Rounds   int           `json:"rounds"`
	Duration time.Duration `json:"turn_ns"`
	Limit    float64       `json:"other_limit"`
	Cases    []*suite.Case `json:"cases"`
}

// JSON writes every turn, the ones that were thrown away too.
func (r *Run) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
