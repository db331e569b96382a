package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
	"github.com/catamaran-os/catamaran/hack/bench/stats"
)

// kvLook is how many requests a first look at a server's speed is of, for each that is pipelined.
const kvLook = 10000

// grace is what a turn may take beyond that of other suites.
func (k *kvPlan) grace() time.Duration {
	if k == nil {
		return 0
	}
	return load.KVGrace(k.keys)
}

// kv fills the server, measures, and looks whether the server still has what it was given.
func (r *Runner) kv(ctx context.Context, l *lab.Lab, server *lab.Process, e *Entrant, o *Options) (t Turn, err error) {
	if e.kv.memory {
		t, err = r.kvMemory(ctx, l, server, e)
	} else {
		t, err = r.kvRequests(ctx, l, server, e, o)
	}
	if err != nil {
		return t, err
	}
	if _, err := r.side(ctx, l, e, &e.kv.check); err != nil {
		return t, fmt.Errorf("look at the server's keys after the measurement: %w", err)
	}
	return t, nil
}

func (r *Runner) kvRequests(ctx context.Context, l *lab.Lab, server *lab.Process, e *Entrant, o *Options) (Turn, error) {
	if _, err := r.side(ctx, l, e, &e.kv.fill); err != nil {
		return Turn{}, fmt.Errorf("fill the server: %w", err)
	}
	if e.kv.counted == 0 {
		return r.drive(ctx, l, server, e)
	}
	// redis-benchmark takes a number of requests: as many as are made in the duration at the speed of a first look.
	look := e.client
	look.argv = append(slices.Clone(look.argv), "-n", strconv.Itoa(e.kv.counted))
	first, err := r.side(ctx, l, e, &look)
	if err != nil {
		return Turn{}, err
	}
	n := max(e.kv.counted, int(first.Rate*o.Duration.Seconds()))
	measured := *e
	measured.client.argv = append(slices.Clone(e.client.argv), "-n", strconv.Itoa(n))
	t, err := r.drive(ctx, l, server, &measured)
	t.Result.Requests = uint64(n)
	return t, err
}

// side runs a client that is not measured.
func (r *Runner) side(ctx context.Context, l *lab.Lab, e *Entrant, p *program) (load.Result, error) {
	client, err := l.Client.Start(ctx, r.clientCPUs(e), p.argv)
	if err != nil {
		return load.Result{}, err
	}
	out, err := client.Wait()
	if err != nil {
		return load.Result{}, err
	}
	return r.result(&Entrant{client: *p}, out)
}

// kvMemory measures what keys take while they are stored, and after.
func (r *Runner) kvMemory(ctx context.Context, l *lab.Lab, server *lab.Process, e *Entrant) (t Turn, err error) {
	var before, after, peak stats.Memory
	if before.Resident, err = server.Settled(ctx); err != nil {
		return t, err
	}
	if t, err = r.drive(ctx, l, server, e); err != nil {
		return t, err
	}
	if after.Resident, err = server.Settled(ctx); err != nil {
		return t, err
	}
	if peak.Resident, err = server.Peak(); err != nil {
		return t, err
	}
	t.Growth = new(Growth)
	t.Growth.Resident, _ = before.Growth(after, e.kv.keys)
	t.Growth.Peak, _ = before.Growth(peak, e.kv.keys)
	if t.Growth.Resident == 0 {
		return t, errors.New("the server's memory has not grown")
	}
	return t, nil
}
