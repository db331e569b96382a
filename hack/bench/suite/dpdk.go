package suite

import (
	"errors"

	"github.com/catamaran-os/catamaran/hack/bench/lab"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// DPDKSuite is the suite that runs over ports of DPDK, and DPDKRaw, DPDKEcho and DPDKBulk are cases of it.
const (
	DPDKSuite = "dpdk"
	DPDKRaw   = "raw"
	DPDKEcho  = "echo"
	DPDKBulk  = "bulk"
)

// Names of its peers. Ports of memif and vhost are pairs in memory that two processes share, without the kernel; the others are on
// the veth, and Go net is on loopback.
const (
	DPDKRawGo     = "Go through link/dpdk"
	DPDKRawC      = "C"
	DPDKMemif     = "Catamaran, memif"
	DPDKVhost     = "Catamaran, vhost"
	DPDKAFXDP     = "Catamaran, DPDK's AF_XDP"
	DPDKOurXDP    = "Catamaran, own AF_XDP"
	GoNetLoopback = "Go net, loopback"
)

// ErrNoDPDK is that this program was not given the programs that are built with DPDK.
var ErrNoDPDK = errors.New("suite dpdk needs DPDK to build with: apt-get install dpdk dpdk-dev libdpdk-dev pkg-config gcc, " +
	"and run hack/bench.sh, or build as it does and give --dpdk DIR")

// rawPayload makes a frame of the ping-pong 64 bytes, with 42 of headers.
const rawPayload = 22

func dpdkSuite(o *Options) []*Case {
	if o.DPDK == "" {
		return nil
	}
	all := []*Case{dpdkRaw(o),
		dpdkStacks(o, DPDKEcho, "TCP echo, 64 bytes, 1 connection", load.Echo, 1),
		dpdkStacks(o, "echo-64", "TCP echo, 64 bytes, 64 connections", load.Echo, 64),
		dpdkStacks(o, DPDKBulk, "TCP, one stream, one way, MTU 1500", load.Bulk, 1)}
	for _, c := range all {
		if o.Version != nil {
			c.Notes = append(c.Notes, o.Version(o.pingpong()))
		}
	}
	return all
}

// dpdkRaw has no stack: the loops are the same, in two languages.
func dpdkRaw(o *Options) *Case {
	j := &job{o, load.Echo, 1}
	c := &Case{Suite: DPDKSuite, Name: DPDKRaw, Title: "Ping-pong of a frame of 64 bytes over memif", Load: j.kind, Conns: j.conns,
		Bases: []string{DPDKRawGo}}
	c.add(j.rawPort(), j.rawPortC())
	return c
}

func dpdkStacks(o *Options, name, title, kind string, conns int) *Case {
	j := &job{o, kind, conns}
	c := &Case{Suite: DPDKSuite, Name: name, Title: title, Load: kind, Conns: conns, Bases: []string{DPDKMemif}}
	c.add(j.oursPort(DPDKMemif, memif), j.oursPort(DPDKVhost, vhost), j.ours(DPDKOurXDP, "inline"), j.oursPort(DPDKAFXDP, packetPort))
	if kind == load.Bulk {
		c.Bases = append(c.Bases, DPDKVhost)
		c.Notes = append(c.Notes, "Go net's loopback has an MTU of 65536, the kernel's default")
	}
	for _, p := range o.Places {
		c.add(&Entrant{Peer: GoNetLoopback, Place: p, loopback: true,
			server: j.self("server", "go-net", lab.Loopback, lab.Loopback), client: j.self("client", "go-net", lab.Loopback, lab.Loopback)})
	}
	return c
}

// RunsDPDK reports whether one of the cases is over ports of DPDK.
func RunsDPDK(cases []*Case) bool {
	for _, c := range cases {
		if c.Suite == DPDKSuite {
			return true
		}
	}
	return false
}
