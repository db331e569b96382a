package netstack

import (
	"net/netip"
	"sync/atomic"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/catamaran-os/catamaran/libos"
)

// allEvents is everything that an endpoint may say. Errors and hang-ups come unasked.
const allEvents = waiter.ReadableEvents | waiter.WritableEvents | waiter.EventErr | waiter.EventHUp | waiter.EventRdHUp

// A socket is what streams and datagram sockets share.
type socket struct {
	e     *Engine
	f     *family
	ep    tcpip.Endpoint
	wq    *waiter.Queue
	entry waiter.Entry
	impl  implementation

	queued   atomic.Bool // on the ready list, or about to be
	retrying bool        // on the retry list
	gone     bool        // the endpoint is closed

	pushes, pops libos.OpList
}

type implementation interface {
	// advance tries what is pending and reports whether anything moved.
	advance() (progress bool)
	// lose fails what is pending with err, as the device is gone, and reports whether anything was.
	lose(err error) (progress bool)
	// abort fails what is pending with ECANCELED and ends the socket at once.
	abort()
}

// attach makes s the socket of an endpoint. Whatever happened to the endpoint before is not told: operations look for
// themselves when they start.
func (s *socket) attach(e *Engine, f *family, ep tcpip.Endpoint, wq *waiter.Queue, impl implementation) {
	s.e, s.f, s.ep, s.wq, s.impl = e, f, ep, wq, impl
	s.entry = waiter.NewFunctionEntry(allEvents, func(waiter.EventMask) { e.becameReady(s) })
	wq.EventRegister(&s.entry)
	e.sockets[s] = struct{}{}
}

// detach closes the endpoint: gracefully as far as the stack does that on its own.
func (s *socket) detach() {
	s.gone = true
	s.wq.EventUnregister(&s.entry)
	s.ep.Close()
	delete(s.e.sockets, s)
}

// localAddr asks the stack.
func (s *socket) localAddr() netip.AddrPort {
	a, err := s.ep.GetLocalAddress()
	if err != nil {
		return netip.AddrPortFrom(s.f.zero, 0)
	}
	return s.f.addrPort(a)
}

// setBuffer sets OptSendBuffer or OptReceiveBuffer. The stack clamps it to its limits.
func (s *socket) setBuffer(opt libos.Option, value int) error {
	if value < 1 {
		return syscall.EINVAL
	}
	if opt == libos.OptSendBuffer {
		s.ep.SocketOptions().SetSendBufferSize(int64(value), true)
	} else {
		s.ep.SocketOptions().SetReceiveBufferSize(int64(value), true)
	}
	return nil
}
