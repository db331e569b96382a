package suite

import (
	"net/netip"
	"path/filepath"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A portPair are arguments of EAL that make the ports of two ends. DIR is a directory that both ends of a turn share.
type portPair struct{ server, client []string }

const turnDir = "DIR"

// Pairs of ports. The server of memif and vhost makes the socket, so it starts first. vhost takes segments uncut; virtio_user tells vhost of its memory by
// one file, and has a ring that keeps packets in order.
var (
	memif = portPair{
		server: []string{"--vdev=net_memif0,role=server,socket=" + turnDir + "/memif,socket-abstract=no"},
		client: []string{"--vdev=net_memif0,role=client,socket=" + turnDir + "/memif,socket-abstract=no"},
	}
	vhost = portPair{
		server: []string{"--vdev=net_vhost0,iface=" + turnDir + "/vhost,queues=1,tso=1"},
		client: []string{"--single-file-segments", "--vdev=net_virtio_user0,path=" + turnDir + "/vhost,mac=02:00:00:00:00:02,in_order=1"},
	}
	packetPort = portPair{
		server: []string{"--vdev=net_af_xdp0,iface=" + lab.Device},
		client: []string{"--vdev=net_af_xdp0,iface=" + lab.Device},
	}
)

// pingpong is hack/bench/raw/pingpong.c, compiled.
func (o *Options) pingpong() string { return filepath.Join(o.DPDK, "pingpong") }

// overDPDK is the job with programs that are built with DPDK.
func (j *job) overDPDK() *job {
	o := *j.Options
	o.Self, o.Echo = filepath.Join(o.DPDK, "bench"), filepath.Join(o.DPDK, "echo")
	return &job{&o, j.kind, j.conns}
}

// oursPort is a stack of ours at both ends of a pair of ports, polling.
func (j *job) oursPort(peer string, pair portPair) *Entrant {
	d := j.overDPDK()
	flags := []string{"--libos", "dpdk", "--tcp", "inline", "--idle", "spin"}
	at := func(ip netip.Prefix) []string { return append([]string{"--ip", ip.String()}, flags...) }
	e := &Entrant{Peer: peer, Place: Apart}
	if j.kind == load.Echo {
		e.server, e.client = d.echoServer(lab.StackServer, at(lab.StackServer)...), d.echoClient(lab.StackServer, at(lab.StackClient)...)
	} else {
		e.server = d.self("server", "ours", lab.StackServer, lab.StackServer, flags...)
		e.client = d.self("client", "ours", lab.StackClient, lab.StackServer, flags...)
	}
	e.server.eal, e.client.eal = pair.server, pair.client
	return e
}

// rawPort is the peer raw-ring over memif.
func (j *job) rawPort() *Entrant {
	d := j.overDPDK()
	e := &Entrant{Peer: DPDKRawGo, Place: Apart,
		server: d.self("server", "raw-ring", lab.StackServer, lab.StackServer, "--libos", "dpdk"),
		client: d.self("client", "raw-ring", lab.StackClient, lab.StackServer, "--libos", "dpdk", "--size", strconv.Itoa(rawPayload))}
	e.server.eal, e.client.eal = memif.server, memif.client
	return e
}

// rawPortC is the same in C.
func (j *job) rawPortC() *Entrant {
	return &Entrant{Peer: DPDKRawC, Place: Apart,
		server: program{mute: true, eal: memif.server, argv: []string{j.pingpong(), "server"}},
		client: program{eal: memif.client, argv: []string{j.pingpong(), "client", "--size", strconv.Itoa(rawPayload),
			"--duration", strconv.FormatInt(j.Duration.Milliseconds(), 10)}}}
}
