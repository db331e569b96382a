package report

import (
	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

// Latencies of frames without a stack, which are less than a microsecond.
var (
	fineP50 = metric{"p50 us", "%.3f", func(t *suite.Turn) float64 { return t.Result.P50 }}
	fineP99 = metric{"p99 us", "%.3f", func(t *suite.Turn) float64 { return t.Result.P99 }}
)

const pageHeadDPDK = `# Benchmarks over DPDK

The latest run of ` + "`hack/bench.sh dpdk --update`" + `: ports of DPDK that need no NIC, ours over AF_XDP without DPDK, and
the kernel's loopback, in turns on one machine. Both ends of a peer are of its kind, each a process of its own; but for Go net
they poll, the server on one core, its client on the other. Every reply is compared byte by byte, and a bulk stream is
answered with how much of it arrived.

- **Catamaran, memif**, **vhost**: ` + "`cmd/echo --libos dpdk`" + `, in bulk an end of the benchmark, over a pair of ports in
  memory that both processes share; no system call moves a packet. vhost is a server on net_vhost and a client on
  net_virtio_user, as between a host and its guest.
- **Catamaran, own AF_XDP**, **DPDK's AF_XDP**: on a plain veth between two network namespaces, over link/afxdp and over DPDK's
  net_af_xdp.
- **Go net, loopback**: net.Conn, a goroutine for each connection, over 127.0.0.1. "apart" pins server and client to a core
  each, "one core" pins both to the same.
- **Go through link/dpdk**, **C**: a frame to and fro over memif, without a stack: Device and Queue of link/dpdk, and
  rte_eth_rx_burst and rte_eth_tx_burst in C (` + "`hack/bench/raw/pingpong.c`" + `): the floor.

CPU time is that of server and client, from before the client's start until its end, with the start of the client's EAL.
Allocations are objects on the Go heap.

`
