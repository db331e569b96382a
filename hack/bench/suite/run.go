package suite

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/stats"
)

// A Runner runs cases.
type Runner struct {
	Rounds   int      // turns that each entrant shall have
	Limit    float64  // share of the machine that others may use in a turn
	CPUs     []int    // to pin to: the server to the first, the client to the second
	EAL      []string // over DPDK: arguments of its environment for memory
	Monitor  *lab.Monitor
	Progress io.Writer

	// Hugepages sees to it that EALBytes of them are free for a turn over DPDK, until they are released. Nil: it has none.
	Hugepages func() (release func() error, err error)
}

// Run fills in the turns of a case. Entrants that fail are recorded and do not end the run; an error is about the run.
func (r *Runner) Run(ctx context.Context, c *Case, o *Options) error {
	if c.peak != nil {
		if err := r.setRate(ctx, c, o); err != nil {
			return err
		}
	}
	for round := range 2 * r.Rounds {
		again := false
		for _, e := range c.Entrants {
			again = again || r.wants(e)
		}
		if !again {
			break
		}
		for _, e := range c.Entrants {
			// An entrant that has enough goes on as long as others need it in their rounds; one that only fails does not.
			if r.givenUp(e) {
				continue
			}
			fmt.Fprintf(r.Progress, "%s, %s: round %d of %d: %s: ", c.ID(), c.Title, round+1, max(round+1, r.Rounds), e.Name())
			t, err := r.turn(ctx, c, e, o)
			if ctx.Err() != nil {
				fmt.Fprintln(r.Progress, "ended")
				return ctx.Err()
			}
			if err != nil {
				fmt.Fprintln(r.Progress, "failed:", err)
				e.Failed = append(e.Failed, fmt.Errorf("round %d: %w", round+1, err))
				continue
			}
			t.Round = round
			e.Turns = append(e.Turns, t)
			r.tell(c, &t)
		}
	}
	return nil
}

// failures is how often an entrant may fail before it is left out.
const failures = 2

func (r *Runner) givenUp(e *Entrant) bool { return len(e.Failed) >= failures }

func (r *Runner) wants(e *Entrant) bool {
	return !r.givenUp(e) && len(e.Kept(func(*Turn) float64 { return 0 })) < r.Rounds
}

func (r *Runner) tell(c *Case, t *Turn) {
	switch {
	case t.Discarded:
		fmt.Fprintf(r.Progress, "thrown away: other processes used %.0f%% of the processors\n", 100*t.Other)
	case c.Load == load.KVFill:
		fmt.Fprintf(r.Progress, "%.1f bytes a key\n", t.Growth.Resident)
	case c.Load == load.KV:
		fmt.Fprintf(r.Progress, "%.0f requests/s, p99 %.1f us, %.0f ns of the server's processor each\n", t.Result.Rate, t.Result.P99,
			float64(t.ServerCPU)/float64(t.Result.Requests))
	case c.Load == Idle:
		fmt.Fprintf(r.Progress, "%.2f%% of a core\n", IdleShare(t))
	case c.Load == load.Messages:
		fmt.Fprintf(r.Progress, "%.0f ns each\n", 1e9/t.Result.Rate)
	case c.Load == load.Crowd && t.Growth != nil:
		fmt.Fprintf(r.Progress, "%.1f KiB each, p99 %.1f us\n", t.Growth.Resident/1024, t.Result.P99)
	case t.Result.Bits > 0:
		fmt.Fprintf(r.Progress, "%.2f Gb/s\n", t.Result.Bits/1e9)
	default:
		fmt.Fprintf(r.Progress, "p50 %.1f us, %.0f requests/s\n", t.Result.P50, t.Result.Rate)
	}
}

// turn measures an entrant once, in a lab of its own.
func (r *Runner) turn(ctx context.Context, c *Case, e *Entrant, o *Options) (t Turn, err error) {
	ctx, cancel := context.WithTimeout(ctx, o.Duration+turnGrace+e.kv.grace())
	defer cancel()
	l, err := lab.Open(ctx, c.Loss)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if len(e.offloads) > 0 {
		for _, h := range []*lab.Host{l.Client, l.Server} {
			if err := h.Command(ctx, "ethtool", append([]string{"-K", lab.Device}, e.offloads...)...); err != nil {
				return t, err
			}
		}
	}
	if e.loopback {
		if err := l.Server.SetLoopback(); err != nil {
			return t, err
		}
	}
	e, remove, err := r.connected(l, e)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if len(e.server.argv) == 0 {
		return r.alone(ctx, l, e)
	}
	server, err := l.Server.Start(ctx, r.CPUs[:1], e.server.argv)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, server.Stop(e.server.foreign)) }()
	if e.server.foreign {
		err = server.Listening(ctx, port)
	} else {
		err = server.Ready(ctx)
	}
	if err != nil {
		return t, err
	}
	if c.Load == Idle {
		return r.idle(ctx, server)
	}
	if c.Load == load.Crowd {
		return r.crowd(ctx, l, server, e)
	}
	if e.kv != nil {
		return r.kv(ctx, l, server, e, o)
	}
	return r.drive(ctx, l, server, e)
}

// drive runs the client against the server.
func (r *Runner) drive(ctx context.Context, l *lab.Lab, server *lab.Process, e *Entrant) (t Turn, err error) {
	var memory stats.Memory
	if e.server.tells() {
		if memory, err = server.Memory(ctx); err != nil {
			return t, err
		}
	}
	before, err := server.CPU()
	if err != nil {
		return t, err
	}
	if err := r.Monitor.Begin(server); err != nil {
		return t, err
	}
	host := l.Client
	if e.loopback {
		host = l.Server
	}
	client, err := host.Start(ctx, r.clientCPUs(e), e.client.argv)
	if err != nil {
		return t, err
	}
	out, err := client.Wait()
	if err != nil {
		return t, err
	}
	if t.Usage, err = r.Monitor.Usage(client); err != nil {
		return t, err
	}
	after, err := server.CPU()
	if err != nil {
		return t, err
	}
	own, err := client.CPU()
	if err != nil {
		return t, err
	}
	t.ServerCPU = after - before
	t.CPU = t.ServerCPU + own
	if t.Result, err = r.result(e, out); err != nil {
		return t, err
	}
	if e.server.tells() {
		later, err := server.Memory(ctx)
		if err != nil {
			return t, err
		}
		t.Mallocs = &Mallocs{Server: later.Mallocs - memory.Mallocs, Client: t.Result.Mallocs}
	}
	return r.judged(t), nil
}

// result reads what a client printed.
func (r *Runner) result(e *Entrant, out []byte) (load.Result, error) {
	parse := e.client.parse
	if parse == nil {
		parse = parseJSON
	}
	res, err := parse(out)
	if err == nil && res.Errors+res.Mismatches > 0 {
		err = fmt.Errorf("%d errors and %d wrong replies", res.Errors, res.Mismatches)
	}
	return res, err
}

// clientCPUs are the processors of an entrant's client.
func (r *Runner) clientCPUs(e *Entrant) []int {
	if e.Place == Apart {
		return r.CPUs[1:2]
	}
	return r.CPUs[:1]
}

func (r *Runner) judged(t Turn) Turn {
	t.Other, t.Discarded = t.Usage.Other(), !t.Usage.Quiet(r.Limit)
	return t
}
