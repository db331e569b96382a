package suite

import (
	"context"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// memoryQueue moves messages within a process: a push, a pop and the wait for both, beside channels of Go's.
func memoryQueue(o *Options) []*Case {
	j := &job{o, load.Messages, 1}
	c := &Case{Suite: "memory-queue", Title: "Messages of 64 bytes within a process", Load: j.kind, Conns: j.conns, Bases: []string{Ours}}
	for _, e := range []struct{ name, peer string }{{Ours, "ours"}, {Channel, "go-channel"}, {ChannelBuffered, "go-channel-buffered"}} {
		c.add(&Entrant{Peer: e.name, Place: OneCore, client: j.self("client", e.peer, lab.KernelClient, lab.KernelServer)})
	}
	return []*Case{c}
}

// alone runs a client that needs no server.
func (r *Runner) alone(ctx context.Context, l *lab.Lab, e *Entrant) (t Turn, err error) {
	if err := r.Monitor.Begin(); err != nil {
		return t, err
	}
	client, err := l.Client.Start(ctx, r.clientCPUs(e), e.client.argv)
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
	if t.CPU, err = client.CPU(); err != nil {
		return t, err
	}
	if t.Result, err = r.result(e, out); err != nil {
		return t, err
	}
	t.Mallocs = &Mallocs{Client: t.Result.Mallocs}
	return r.judged(t), nil
}
