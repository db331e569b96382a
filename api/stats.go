package api

import (
	"github.com/catamaran-os/catamaran/libos/kernel"
	"github.com/catamaran-os/catamaran/libos/mem"
	"github.com/catamaran-os/catamaran/libos/netstack"
)

// NetstackStats count what netstack did: frames and drops by cause (Link, Endpoint), sizes of bursts (Endpoint), kicks (Link),
// segments that went past the network layer and ACKs that were saved (Inline), retransmissions (TCP).
type NetstackStats = netstack.Stats

// Stats are the counters of a runtime since it was opened.
type Stats struct {
	Memory   mem.Stats
	Kernel   *kernel.Stats  // nil without kernel sockets
	Netstack *NetstackStats // nil without netstack
}

// Stats returns the counters now. It allocates and makes system calls: not for the data path.
func (rt *Runtime) Stats() Stats {
	s := Stats{Memory: rt.mem.Stats()}
	if rt.kern != nil {
		k := rt.kern.Stats()
		s.Kernel = &k
	}
	if rt.net != nil {
		n := rt.net.Stats()
		s.Netstack = &n
	}
	return s
}
