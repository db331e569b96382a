package suite

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// Names of peers.
const (
	Ours            = "Catamaran"
	OursStock       = "Catamaran, stock TCP"
	OursKernel      = "Catamaran, kernel sockets"
	GoNet           = "Go net"
	KernelSpin      = "kernel, spinning"
	Gvisor          = "gVisor, gonet"
	RawRing         = "raw rings"
	Sockperf        = "sockperf"
	Iperf3          = "iperf3"
	KernelToOurs    = "Go net to Catamaran"
	GoNetNoTSO      = "Go net, no TSO"
	Iperf3NoTSO     = "iperf3, no TSO"
	Channel         = "Go channel, unbuffered"
	ChannelBuffered = "Go channel, buffered"
	OursAlone       = "Catamaran, the active alone"
	GoNetAlone      = "Go net, the active alone"
)

const (
	port        = 7000
	requestSize = 64
)

// A job is a load with its size.
type job struct {
	*Options
	kind  string
	conns int
}

func target(p netip.Prefix) string { return netip.AddrPortFrom(p.Addr(), port).String() }

// self is a command line of this program: role is server or client, ip the address of this end, to the server's.
func (j *job) self(role, peer string, ip, to netip.Prefix, more ...string) program {
	argv := []string{j.Self, role, "--peer", peer, "--load", j.kind, "--addr", target(to), "--dev", lab.Device, "--ip", ip.String()}
	if role == "client" {
		argv = append(argv, "--conns", strconv.Itoa(j.conns), "--size", strconv.Itoa(requestSize), "--duration", j.Duration.String())
	}
	return program{argv: append(argv, more...)}
}

func (j *job) echoServer(at netip.Prefix, more ...string) program {
	return program{argv: append([]string{j.Echo, "server", "--listen", target(at)}, more...)}
}

func (j *job) echoClient(to netip.Prefix, more ...string) program {
	return program{argv: append([]string{j.Echo, "client", "--json", "--connect", target(to), "--conns", strconv.Itoa(j.conns),
		"--size", strconv.Itoa(requestSize), "--duration", j.Duration.String()}, more...)}
}

// device are the flags of cmd/echo for netstack over AF_XDP.
func device(ip netip.Prefix, tcp, idle string) []string {
	return []string{"--libos", "afxdp", "--dev", lab.Device, "--ip", ip.String(), "--tcp", tcp, "--idle", idle}
}

// ours is cmd/echo at both ends; connect has a client of its own.
func (j *job) ours(peer, tcp string) *Entrant {
	e := &Entrant{Peer: peer, Place: Apart, server: j.echoServer(lab.StackServer, device(lab.StackServer, tcp, "spin")...)}
	flags := []string{"--libos", "afxdp", "--tcp", tcp, "--idle", "spin"}
	switch j.kind {
	case load.Echo:
		e.client = j.echoClient(lab.StackServer, device(lab.StackClient, tcp, "spin")...)
	case load.Bulk:
		e.server = j.self("server", "ours", lab.StackServer, lab.StackServer, flags...)
		fallthrough
	default:
		e.client = j.self("client", "ours", lab.StackClient, lab.StackServer, flags...)
	}
	return e
}

// oursKernel is cmd/echo over kernel sockets.
func (j *job) oursKernel() *Entrant {
	flags := []string{"--libos", "kernel", "--idle", "spin"}
	e := &Entrant{Peer: OursKernel, Place: Apart, server: j.echoServer(lab.KernelServer, flags...)}
	if j.kind == load.Echo {
		e.client = j.echoClient(lab.KernelServer, flags...)
	} else {
		e.client = j.self("client", "ours", lab.KernelClient, lab.KernelServer, flags...)
	}
	return e
}

// both is a peer of this program at both ends, once in each place.
func (j *job) both(name, peer string, client, server netip.Prefix, places []Place, offloads ...string) []*Entrant {
	var all []*Entrant
	for _, p := range places {
		all = append(all, &Entrant{Peer: name, Place: p, offloads: offloads,
			server: j.self("server", peer, server, server), client: j.self("client", peer, client, server)})
	}
	return all
}

func (j *job) goNet() []*Entrant {
	return j.both(GoNet, "go-net", lab.KernelClient, lab.KernelServer, j.Places)
}

func (j *job) gvisor() []*Entrant {
	return j.both(Gvisor, "gvisor", lab.StackClient, lab.StackServer, j.Places)
}

func (j *job) kernelSpin() []*Entrant {
	return j.both(KernelSpin, "kernel-spin", lab.KernelClient, lab.KernelServer, []Place{Apart})
}

func (j *job) rawRing() []*Entrant {
	return j.both(RawRing, "raw-ring", lab.StackClient, lab.StackServer, []Place{Apart})
}

// foreign is a tool of others at both ends over the kernel's sockets, once in each place.
func (j *job) foreign(name string, server, client []string, parse func([]byte) (load.Result, error), offloads ...string) []*Entrant {
	var all []*Entrant
	for _, p := range j.Places {
		all = append(all, &Entrant{Peer: name, Place: p, offloads: offloads,
			server: program{argv: server, foreign: true}, client: program{argv: client, parse: parse, foreign: true}})
	}
	return all
}

// tool finds a program, or says in the notes that its rows are missing.
func (c *Case) tool(o *Options, name, pkg string) (string, bool) {
	path, err := o.Find(name)
	if err != nil {
		c.Notes = append(c.Notes, fmt.Sprintf("%s is not installed (apt-get install %s): its rows are missing", name, pkg))
	}
	return path, err == nil
}
