package suite

import (
	"fmt"
	"strconv"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

func echoLatency(o *Options) []*Case {
	j := &job{o, load.Echo, 1}
	c := &Case{Suite: "echo-latency", Title: "TCP echo, 64 bytes, 1 connection", Load: j.kind, Conns: j.conns, Bases: []string{Ours}}
	c.add(j.stacks()...)
	c.add(j.rawRing()...)
	if path, ok := c.tool(o, "sockperf", "sockperf"); ok {
		server := lab.KernelServer.Addr().String()
		seconds := strconv.Itoa(max(1, int(o.Duration/time.Second)))
		c.add(j.foreign(Sockperf, []string{path, "server", "--tcp", "-i", server, "-p", strconv.Itoa(port)},
			[]string{path, "ping-pong", "--tcp", "-i", server, "-p", strconv.Itoa(port), "-m", strconv.Itoa(requestSize),
				"-t", seconds, "--full-rtt"}, parseSockperf)...)
	}
	return []*Case{c}
}

func echoThroughput(o *Options) []*Case {
	var all []*Case
	for _, conns := range []int{16, 64, 256} {
		j := &job{o, load.Echo, conns}
		c := &Case{Suite: "echo-throughput", Title: fmt.Sprintf("TCP echo, 64 bytes, %d connections", conns), Load: j.kind, Conns: j.conns,
			Bases: []string{Ours}}
		c.add(j.stacks()...)
		all = append(all, c)
	}
	return all
}

func connectRate(o *Options) []*Case {
	var all []*Case
	for _, conns := range []int{1, 16} {
		j := &job{o, load.Connect, conns}
		c := &Case{Suite: "connect-rate", Load: j.kind, Conns: j.conns, Bases: []string{Ours},
			Title: fmt.Sprintf("TCP connect, one request of 64 bytes, close; %d at a time", conns)}
		if conns == 1 {
			c.add(j.stacks()...)
		} else {
			c.add(j.ours(Ours, "inline"), j.ours(OursStock, "stock"), j.oursKernel())
			c.add(j.goNet()...)
			c.add(j.gvisor()...)
		}
		all = append(all, c)
	}
	return all
}

// stacks are the peers that have every load of small requests.
func (j *job) stacks() []*Entrant {
	all := []*Entrant{j.ours(Ours, "inline"), j.ours(OursStock, "stock"), j.oursKernel()}
	all = append(all, j.goNet()...)
	all = append(all, j.kernelSpin()...)
	return append(all, j.gvisor()...)
}

func bulk(o *Options) []*Case {
	j := &job{o, load.Bulk, 1}
	c := &Case{Suite: "bulk", Title: "TCP, one stream, one way, MTU 1500", Load: j.kind, Conns: j.conns, Bases: []string{Ours, KernelToOurs}}
	c.add(j.ours(Ours, "inline"), j.ours(OursStock, "stock"))
	c.add(&Entrant{Peer: KernelToOurs, Place: Apart,
		server: j.self("server", "ours", lab.StackServer, lab.StackServer, "--libos", "afxdp", "--tcp", "inline", "--idle", "spin"),
		client: j.self("client", "go-net", lab.KernelClient, lab.StackServer)})
	c.add(j.goNet()...)
	_, ethtool := c.tool(o, "ethtool", "ethtool")
	noTSO := []string{"tso", "off"}
	if ethtool {
		c.add(j.both(GoNetNoTSO, "go-net", lab.KernelClient, lab.KernelServer, o.Places, noTSO...)...)
	}
	c.add(j.gvisor()...)
	if path, ok := c.tool(o, "iperf3", "iperf3"); ok {
		server := []string{path, "-s", "-4", "-p", strconv.Itoa(port)}
		client := []string{path, "-c", lab.KernelServer.Addr().String(), "-p", strconv.Itoa(port), "-l", strconv.Itoa(load.RecordSize),
			"-t", strconv.Itoa(max(1, int(o.Duration/time.Second))), "-J"}
		c.add(j.foreign(Iperf3, server, client, parseIperf3)...)
		if ethtool {
			c.add(j.foreign(Iperf3NoTSO, server, client, parseIperf3, noTSO...)...)
		}
	}
	return []*Case{c}
}

// loss is bulk through a cable that loses frames. Kernels segment before the cable, so that a frame is one for all.
func loss(o *Options) []*Case {
	var all []*Case
	for _, share := range []float64{0.001, 0.01, 0.05} {
		j := &job{o, load.Bulk, 1}
		c := &Case{Suite: "loss", Load: j.kind, Conns: j.conns, Bases: []string{Ours}, Loss: share,
			Title: fmt.Sprintf("TCP, one stream, one way, MTU 1500, %g%% of the frames lost each way", 100*share)}
		c.add(j.ours(Ours, "inline"), j.ours(OursStock, "stock"))
		places := []Place{Apart}
		if _, ok := c.tool(o, "ethtool", "ethtool"); ok {
			c.add(j.both(GoNet, "go-net", lab.KernelClient, lab.KernelServer, places, "tso", "off", "gso", "off", "gro", "off")...)
		}
		c.add(j.both(Gvisor, "gvisor", lab.StackClient, lab.StackServer, places)...)
		all = append(all, c)
	}
	return all
}

// idle are servers that nobody talks to, with the policy that each has by default.
func idle(o *Options) []*Case {
	j := &job{o, load.Echo, 1}
	c := &Case{Suite: "idle", Title: "Server without a client", Load: Idle, Bases: []string{Ours}}
	c.add(
		&Entrant{Peer: Ours, Place: Apart, server: j.echoServer(lab.StackServer, device(lab.StackServer, "inline", "adaptive")...)},
		&Entrant{Peer: OursStock, Place: Apart, server: j.echoServer(lab.StackServer, device(lab.StackServer, "stock", "adaptive")...)},
		&Entrant{Peer: OursKernel, Place: Apart, server: j.echoServer(lab.KernelServer)},
		&Entrant{Peer: GoNet, Place: Apart, server: j.self("server", "go-net", lab.KernelServer, lab.KernelServer)},
		&Entrant{Peer: Gvisor, Place: Apart, server: j.self("server", "gvisor", lab.StackServer, lab.StackServer)},
	)
	return []*Case{c}
}

func (c *Case) add(e ...*Entrant) { c.Entrants = append(c.Entrants, e...) }
