package suite

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A peak is the rate that cases of an open loop are shares of. It is the lower one of ours and Go net's, each measured
// in a closed loop, so that both can bear every share and all peers get the same load.
type peak struct {
	probes []*Entrant
	rate   float64 // 0: not measured yet
}

const openConns = 16

func openLoop(o *Options) []*Case {
	probe := &job{Options: o, kind: load.Echo, conns: openConns}
	p := &peak{probes: []*Entrant{probe.ours(Ours, "inline"), probe.goNet()[0]}}
	var all []*Case
	for _, share := range []float64{0.25, 0.5, 0.75} {
		j := &job{Options: o, kind: load.Echo, conns: openConns}
		c := &Case{Suite: "open-loop", Load: j.kind, Conns: j.conns, Bases: []string{Ours}, peak: p, Share: share,
			Title: fmt.Sprintf("TCP echo, 64 bytes, %d connections, open loop at %.0f%% of the peak", openConns, 100*share)}
		for _, e := range j.stacks() {
			if e.Place == Apart { // a client that has to be on time shares its core with nobody
				c.add(e)
			}
		}
		all = append(all, c)
	}
	return all
}

// setRate measures the peak if no case has yet, and gives the clients of the case their share of it.
func (r *Runner) setRate(ctx context.Context, c *Case, o *Options) error {
	p := c.peak
	probes := p.probes
	p.probes = nil
	for _, e := range probes {
		rate, err := r.probe(ctx, c, e, o)
		if err != nil {
			return fmt.Errorf("measure the peak of %s: %w", e.Name(), err)
		}
		fmt.Fprintf(r.Progress, "%s: peak of %s: %.0f requests/s\n", c.ID(), e.Name(), rate)
		if p.rate == 0 || rate < p.rate {
			p.rate = rate
		}
	}
	rate := p.rate * c.Share
	if rate < 1 {
		return errors.New("the peak is too low to share")
	}
	c.Title += fmt.Sprintf(": %.0f requests/s", rate)
	for _, e := range c.Entrants {
		e.client.argv = append(e.client.argv, "--rate", strconv.FormatFloat(rate, 'f', 0, 64))
	}
	return nil
}

// probe returns the rate of an entrant in a quiet turn, or the highest of a few if none is.
func (r *Runner) probe(ctx context.Context, c *Case, e *Entrant, o *Options) (float64, error) {
	highest := 0.0
	for range 3 {
		t, err := r.turn(ctx, c, e, o)
		if err != nil {
			return 0, err
		}
		if !t.Discarded {
			return t.Result.Rate, nil
		}
		highest = max(highest, t.Result.Rate)
	}
	return highest, nil
}
