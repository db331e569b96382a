package suite

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

const (
	crowdConns  = 10000
	crowdActive = 100

	// Files is how many files a process of the benchmark may have open: the connections of a crowd, and what it has besides.
	Files = crowdConns + 1000
)

// connections are many that are idle: what each costs the server in memory, and what they do to the latency of a few that
// are not. Each stack is measured with all of them and with the active ones alone.
func connections(o *Options) []*Case {
	j := &job{Options: o, kind: load.Crowd}
	c := &Case{Suite: "connections", Load: j.kind, Conns: crowdConns, Bases: []string{Ours, GoNet},
		Title: fmt.Sprintf("TCP echo, 64 bytes, %d connections of which %d are active", crowdConns, crowdActive)}
	flags := []string{"--libos", "afxdp", "--tcp", "inline", "--idle", "spin"}
	kernel := []string{"--libos", "kernel", "--idle", "spin"}
	for _, n := range []int{crowdConns, crowdActive} {
		j.conns = n
		ours, goNet := Ours, GoNet
		if n == crowdActive {
			ours, goNet = OursAlone, GoNetAlone
		}
		active := []string{"--active", strconv.Itoa(crowdActive)}
		c.add(&Entrant{Peer: ours, Place: Apart, crowd: n,
			server: j.echoServer(lab.StackServer, device(lab.StackServer, "inline", "spin")...),
			client: j.self("client", "ours", lab.StackClient, lab.StackServer, append(active, flags...)...)})
		if n == crowdConns {
			c.add(&Entrant{Peer: OursKernel, Place: Apart, crowd: n, server: j.echoServer(lab.KernelServer, kernel...),
				client: j.self("client", "ours", lab.KernelClient, lab.KernelServer, append(active, kernel...)...)})
		}
		c.add(&Entrant{Peer: goNet, Place: Apart, crowd: n, server: j.self("server", "go-net", lab.KernelServer, lab.KernelServer),
			client: j.self("client", "go-net", lab.KernelClient, lab.KernelServer, active...)})
	}
	return []*Case{c}
}

// crowd runs a client that holds its connections when it has its result, and looks at the server's memory then.
func (r *Runner) crowd(ctx context.Context, l *lab.Lab, server *lab.Process, e *Entrant) (t Turn, err error) {
	before, err := server.Memory(ctx)
	if err != nil {
		return t, err
	}
	if err := r.Monitor.Begin(server); err != nil {
		return t, err
	}
	client, err := l.Client.Start(ctx, r.clientCPUs(e), e.client.argv)
	if err != nil {
		return t, err
	}
	defer func() {
		if e := client.Stop(false); err == nil { // otherwise that is a consequence
			err = e
		}
	}()
	line, err := client.Said(ctx, "{")
	if err != nil {
		return t, err
	}
	if t.Usage, err = r.Monitor.Usage(client); err != nil {
		return t, err
	}
	if t.Result, err = r.result(e, []byte(line)); err != nil {
		return t, err
	}
	after, err := server.Memory(ctx)
	if err != nil {
		return t, err
	}
	if e.crowd == crowdConns { // of fewer, the noise is larger than they are
		t.Growth = new(Growth)
		t.Growth.Resident, t.Growth.Heap = before.Growth(after, e.crowd)
		if t.Growth.Resident == 0 {
			return t, errors.New("the server's memory has not grown")
		}
	}
	return r.judged(t), nil
}
