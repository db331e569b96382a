// Package peer holds the ends that the benchmark compares and that have no command of their own. Each is a server and a
// client of the loads in package load:
//
//	go-net         kernel sockets, net.Conn, a goroutine for each connection
//	kernel-spin    kernel sockets, one thread, non-blocking system calls without ever waiting in the kernel
//	gvisor         gVisor's netstack on its own link endpoint for AF_PACKET sockets, and gonet: unmodified
//	ours           a runtime of this project; for the loads that cmd/echo does not have
//	raw-ring       one Ethernet frame to and fro over AF_XDP rings or a port of DPDK, no stack: the floor
//	go-channel     a channel of Go's without a buffer, to another goroutine; go-channel-buffered has one, within one goroutine
//
// In short: Serve is the server's process, Drive the client's.
package peer

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A Config says where a peer runs.
type Config struct {
	Addr   netip.AddrPort // the server's; its port is in use by nobody else
	Kind   string         // of the load
	Device string         // stacks in user space: the network interface
	IP     netip.Prefix   // stacks in user space: the address of this end
	LibOS  string         // ours: kernel, afxdp or dpdk; raw-ring: afxdp or dpdk
	EAL    []string       // dpdk: arguments for its environment
	TCP    string         // ours: inline or stock
	Idle   string         // ours: spin, adaptive or block
}

type peer struct {
	// serve answers until ctx is done. It calls ready once clients can connect.
	serve func(ctx context.Context, c Config, ready func() error) error
	drive func(ctx context.Context, c Config, p load.Params) (load.Result, error)
}

var peers = map[string]peer{
	"go-net":      {serveGoNet, driveGoNet},
	"kernel-spin": {serveSpin, driveSpin},
	"gvisor":      {serveGvisor, driveGvisor},
	"ours":        {serveOurs, driveOurs},
	"raw-ring":    {serveRing, driveRing},

	"go-channel":          {serveNobody, driveChannel},
	"go-channel-buffered": {serveNobody, driveBufferedChannel},
}

func find(name string) (peer, error) {
	p, ok := peers[name]
	if !ok {
		return p, fmt.Errorf("peer %q is unknown; use %s", name, strings.Join(slices.Sorted(maps.Keys(peers)), ", "))
	}
	return p, nil
}

// Serve runs the server of a peer until ctx is done.
func Serve(ctx context.Context, name string, c Config, ready func() error) error {
	p, err := find(name)
	if err != nil {
		return err
	}
	return p.serve(ctx, c, ready)
}

// Drive runs the client of a peer. The result of a crowd goes to its Report.
func Drive(ctx context.Context, name string, c Config, params load.Params) (load.Result, error) {
	p, err := find(name)
	if err != nil {
		return load.Result{}, err
	}
	if err := params.Validate(); err != nil {
		return load.Result{}, err
	}
	return p.drive(ctx, c, params)
}

// unsupported is the error of a peer that does not have a load.
func unsupported(peer, kind string) error { return fmt.Errorf("peer %s has no load %s", peer, kind) }
