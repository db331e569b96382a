package suite

import (
	"context"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
)

const (
	turnGrace = 30 * time.Second // for a turn, beyond its duration
	idleTime  = 5 * time.Second
)

// idle measures what a server uses while nobody talks to it.
func (r *Runner) idle(ctx context.Context, server *lab.Process) (t Turn, err error) {
	before, err := server.CPU()
	if err != nil {
		return t, err
	}
	if err := r.Monitor.Begin(server); err != nil {
		return t, err
	}
	// There is no condition to wait for: that nothing happens is what is measured.
	over := time.NewTimer(idleTime)
	defer over.Stop()
	select {
	case <-over.C:
	case <-ctx.Done():
		return t, ctx.Err()
	}
	if t.Usage, err = r.Monitor.Usage(); err != nil {
		return t, err
	}
	after, err := server.CPU()
	if err != nil {
		return t, err
	}
	t.CPU = after - before
	return r.judged(t), nil
}

// IdleShare is the processor time of an idle server in percent of one core.
func IdleShare(t *Turn) float64 { return 100 * t.CPU.Seconds() / t.Usage.Elapsed.Seconds() }
