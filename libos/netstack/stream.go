package netstack

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/catamaran-os/catamaran/libos"
	"github.com/catamaran-os/catamaran/libos/netstack/inline"
)

// maxPop is the most that one pop takes, in bytes.
const maxPop = 256 << 10

// A stream is a TCP socket.
type stream struct {
	socket
	state         libos.SockState
	local, remote netip.AddrPort // once known
	bound         netip.Addr     // what Engine.bound has for local's port; invalid if nothing

	accepts  libos.OpList
	connects libos.OpList // at most one
	closes   libos.OpList // at most one

	flow *inline.Flow  // nil: not connected, or TCPStock
	room libos.Segment // memory that has been given out by Room

	closing  bool      // Close was called
	torn     int       // bytes of a push that Close cut short
	orphaned time.Time // since when nobody waits for the close any more

	noPush bool  // Shutdown of the sending side
	noPop  bool  // Shutdown of the receiving side
	finned bool  // the stack has been told that no more data comes
	err    error // what ended the connection, once known
}

var _ libos.Socket = (*stream)(nil)

func (e *Engine) newStream(f *family) (*stream, error) {
	wq := new(waiter.Queue)
	ep, err := e.stack.NewEndpoint(tcp.ProtocolNumber, f.proto, wq)
	if err != nil {
		return nil, failure(err)
	}
	if f == familyV6 {
		ep.SocketOptions().SetV6Only(true)
	}
	// Connections that are ending must not keep a new server from its port. Two sockets with one address are told
	// apart by Engine.bound.
	ep.SocketOptions().SetReuseAddress(true)
	s := new(stream)
	s.attach(e, f, ep, wq, s)
	return s, nil
}

// A port is what sockets that are bound to the wildcard address share with all others.
type port struct {
	f *family
	n uint16
}

func (f *family) port(a netip.AddrPort) port { return port{f, a.Port()} }

// inUse reports whether a bound socket has address a.
func (e *Engine) inUse(f *family, a netip.AddrPort) bool {
	for _, other := range e.bound[f.port(a)] {
		if other == a.Addr() || other.IsUnspecified() || a.Addr().IsUnspecified() {
			return true
		}
	}
	return false
}

// Bind implements libos.Socket.
func (s *stream) Bind(addr netip.AddrPort) error {
	s.e.called()
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if err := s.state.BindErr(); err != nil {
		return err
	}
	if addr.Port() != 0 && s.e.inUse(s.f, addr) {
		return syscall.EADDRINUSE
	}
	if err := s.ep.Bind(local(addr)); err != nil {
		return failure(err)
	}
	s.local = s.localAddr()
	key := s.f.port(s.local)
	s.bound = s.local.Addr()
	s.e.bound[key] = append(s.e.bound[key], s.bound)
	s.state = libos.SockBound
	return nil
}

// unbind lets another socket have the address.
func (s *stream) unbind() {
	if !s.bound.IsValid() {
		return
	}
	key := s.f.port(s.local)
	list := s.e.bound[key]
	i := slices.Index(list, s.bound)
	s.bound = netip.Addr{}
	if list = slices.Delete(list, i, i+1); len(list) == 0 {
		delete(s.e.bound, key)
	} else {
		s.e.bound[key] = list
	}
}

// Listen implements libos.Socket. The stack answers with SYN cookies, which lose window scaling and SACK, when one
// handshake less than the backlog is under way; one more makes the backlog what was asked for.
func (s *stream) Listen(backlog int) error {
	s.e.called()
	if err := s.state.ListenErr(); err != nil {
		return err
	}
	if err := s.ep.Listen(backlog + 1); err != nil {
		return failure(err)
	}
	s.state = libos.SockListening
	return nil
}

// Accept implements libos.Socket.
func (s *stream) Accept(op *libos.Op) error {
	s.e.called()
	if err := s.state.AcceptErr(); err != nil {
		return err
	}
	s.accepts.PushBack(op)
	s.accept()
	return nil
}

func (s *stream) accept() (progress bool) {
	for op := s.accepts.Front(); op != nil; op = s.accepts.Front() {
		var from tcpip.FullAddress
		ep, wq, err := s.ep.Accept(&from)
		if err != nil {
			if _, wait := err.(*tcpip.ErrWouldBlock); wait {
				return progress
			}
			op.Fail(failure(err))
			progress = true
			continue
		}
		c := &stream{state: libos.SockConnected, remote: s.f.addrPort(from)}
		c.attach(s.e, s.f, ep, wq, c)
		c.local = c.localAddr()
		c.learn()
		op.CompleteAccept(c, c.remote)
		progress = true
	}
	return progress
}

// Connect implements libos.Socket.
func (s *stream) Connect(op *libos.Op, addr netip.AddrPort) error {
	s.e.called()
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if err := s.state.ConnectErr(); err != nil {
		return err
	}
	s.state = libos.SockConnecting
	s.connects.PushBack(op)
	if addr.Addr().IsUnspecified() {
		s.refuse(syscall.ENETUNREACH)
		return nil
	}
	s.remote = addr
	switch err := s.ep.Connect(full(addr)).(type) {
	case nil, *tcpip.ErrConnectStarted:
		s.connected()
	default:
		s.refuse(failure(err))
	}
	return nil
}

// connected looks how far the handshake is.
func (s *stream) connected() (progress bool) {
	op := s.connects.Front()
	if op == nil {
		return false
	}
	switch tcp.EndpointState(s.ep.State()) {
	case tcp.StateConnecting, tcp.StateSynSent, tcp.StateSynRecv:
		return false
	case tcp.StateError, tcp.StateClose, tcp.StateInitial, tcp.StateBound:
		err := error(syscall.ECONNABORTED)
		if last := s.ep.LastError(); last != nil {
			err = failure(last)
		}
		s.refuse(err)
		return true
	}
	s.state = libos.SockConnected
	s.local = s.localAddr()
	s.learn()
	op.Complete()
	return true
}

// learn lets segments of the connection go past the stack's network layer.
func (s *stream) learn() {
	if s.e.tcp != nil {
		s.flow = s.e.tcp.Learn(s.ep, s)
	}
}

// refuse ends a connect.
func (s *stream) refuse(err error) {
	s.state = libos.SockFailed
	s.remote = netip.AddrPort{}
	s.connects.Front().Fail(err)
}

// advance implements implementation.
func (s *stream) advance() (progress bool) {
	if s.gone {
		return false
	}
	switch s.state {
	case libos.SockListening:
		return s.accept()
	case libos.SockConnecting:
		return s.connected()
	case libos.SockConnected:
		if s.closing {
			return s.checkClosed()
		}
		pushed := s.send()
		return s.receive() || pushed
	}
	return false
}

// Cancel implements libos.Queue.
func (s *stream) Cancel(op *libos.Op) {
	s.e.called()
	switch op.Opcode() {
	case libos.OpConnect:
		s.ep.Abort()
		s.refuse(syscall.ECANCELED)
	case libos.OpClose:
		op.Fail(syscall.ECANCELED)
		s.ep.Abort()
		s.finish()
	default:
		op.Fail(syscall.ECANCELED)
	}
}

// LocalAddr implements libos.Socket.
func (s *stream) LocalAddr() (netip.AddrPort, error) {
	s.e.called()
	if s.local.IsValid() {
		return s.local, nil
	}
	return s.localAddr(), nil
}

// RemoteAddr implements libos.Socket.
func (s *stream) RemoteAddr() (netip.AddrPort, error) {
	if s.state != libos.SockConnected {
		return netip.AddrPort{}, syscall.ENOTCONN
	}
	return s.remote, nil
}

// ended keeps what ended the connection: the stack tells it once.
func (s *stream) ended(err tcpip.Error) {
	if s.err != nil {
		return
	}
	switch err.(type) {
	case *tcpip.ErrClosedForSend, *tcpip.ErrClosedForReceive, *tcpip.ErrNotConnected:
		return // that it ended, not why
	}
	if s.err = failure(err); errors.Is(s.err, syscall.ECONNABORTED) {
		s.err = syscall.ECONNRESET // we reset it: data came that nobody could take
	}
}
