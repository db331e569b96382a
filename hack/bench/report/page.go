package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/catamaran-os/catamaran/hack/bench/suite"
)

const pageHead = `# Benchmarks

The latest run of ` + "`hack/bench.sh --update`" + `. Both ends of a peer are of its kind, each a process of its own, on one machine:
two network namespaces with a plain veth between them. Every reply is compared byte by byte, and a bulk stream is
answered with how much of it arrived; sockperf and iperf3 compare nothing. "apart" pins server and client to a core each,
"one core" pins both to the same.

- **Catamaran**: ` + "`cmd/echo`" + ` over AF_XDP, TCP processed inline, polling. **stock TCP**: the same with gVisor's own
  goroutines. **kernel sockets**: the same program over the kernel, polling.
- **Go net**: net.Conn, a goroutine for each connection. **Go net to Catamaran**: its client, and a server of ours.
- **kernel, spinning**: one thread, non-blocking read(2) and write(2), epoll with no timeout for many connections. It shows
  how much of a difference is only polling.
- **gVisor, gonet**: gVisor unmodified, its fdbased link endpoint on AF_PACKET and its gonet.
- **raw rings**: one frame to and fro over AF_XDP rings, without a stack: the floor.
- **sockperf**, **iperf3**: what others measure the kernel with.
- **no TSO**: the kernel segments before the veth, so that a frame is as long as on a wire.
- **the active alone**: those connections of the suite connections that are not idle, without the others.

The suite connections asks the server for its memory while the client holds all of them. The suite memory-queue is one
process without a network. The suite loss has a third host between the two, which drops frames in its kernel, each
direction on its own; Go net is without TSO, GSO and GRO there, so that a lost frame is one segment for all.

CPU time is that of server and client, from before the client's start until its end. Interrupts are in it where the kernel
counts them to processes. Allocations are objects on the Go heap, those of the server from before the client's start until its
end, with the connects, those of the client while it measures.

` + "`cmd/echo`" + ` is built with its profile (PGO); the other ends, those of Catamaran in the suites bulk, loss and memory-queue
and its clients in connections and connect-rate among them, are not.

`

const pageHeadKV = `# Benchmarks of kvserver

The latest run of ` + "`hack/bench.sh kv --update`" + `: ` + "`cmd/kvserver`" + ` and redis-server, which keeps nothing on disk here, in turns on one
machine: two network namespaces with a plain veth between them, the server on one core, its client on the other.

The client of both is redis-benchmark, which compares nothing, on kernel sockets. Where both ends are ours, the client of
kvserver is ours, over AF_XDP, and compares every reply byte by byte; **our client** is the same over kernel sockets, polling.
All sockets of the kernel are on the same veth. The server is filled with keys first, and asked afterwards whether it has them
all. redis-benchmark makes as many requests as fit into a turn at the speed of a first look. kvserver polls over AF_XDP, and has
its default policy, adaptive, on kernel sockets, unless its row says otherwise.

CPU time is that of the server, from before the client's start until its end. Interrupts are in it where the kernel counts them to
processes.

`

// ownPages are the suites that have a page of their own when the run is of nothing else, with how that begins.
var ownPages = map[string]string{suite.KVSuite: pageHeadKV, suite.DPDKSuite: pageHeadDPDK}

// only reports whether the run is of one suite alone.
func (r *Run) only(name string) bool {
	return len(r.Cases) > 0 && !slices.ContainsFunc(r.Cases, func(c *suite.Case) bool { return c.Suite != name })
}

// Page writes the page of results to path, and its plots into a folder of the same name without .md beside it. The page of a
// run of the suite kv alone has -kv in its name, and so with dpdk.
func (r *Run) Page(path string) error {
	head := pageHead
	for name, own := range ownPages {
		if r.only(name) {
			head = own
			path = strings.TrimSuffix(path, ".md") + "-" + name + ".md"
		}
	}
	dir := strings.TrimSuffix(path, filepath.Ext(path))
	if dir == path {
		return fmt.Errorf("write the page: %s has no extension; name it as docs/benchmarks.md", path)
	}
	plots, err := r.Plots(dir)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(head)
	if err := r.Markdown(&b); err != nil {
		return err
	}
	if len(plots) > 0 {
		b.WriteString("\n## Plots\n")
	}
	for _, name := range plots {
		fmt.Fprintf(&b, "\n![%s](%s/%s)\n", strings.TrimSuffix(name, ".svg"), filepath.Base(dir), name)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
