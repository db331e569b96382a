package netstack

import (
	"time"

	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// NextTimer returns when the first timer of the stack is due, the zero time if none is set. A simulation moves its clock
// there when nothing else is left to happen.
func (e *Engine) NextTimer() time.Time { return e.clock.first() }

// Starved reports whether operations wait for memory, or for room in the device.
func (e *Engine) Starved() bool { return len(e.retry) > 0 }

// States returns the state of each stream.
func (e *Engine) States() (all []string) {
	for s := range e.sockets {
		if x, ok := s.impl.(*stream); ok {
			all = append(all, tcp.EndpointState(x.ep.State()).String())
		}
	}
	return all
}
