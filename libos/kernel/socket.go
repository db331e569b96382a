package kernel

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// A socket is one kernel socket and the operations that wait for it.
type socket struct {
	e      *Engine
	fd     int // -1 when closed, or after a connect that failed
	slot   uint32
	domain int
	dgram  bool
	state  libos.SockState

	registered bool // with epoll
	readable   bool // a receive or an accept may succeed
	writable   bool // a send may succeed
	more       bool // a short read does not prove that the receive queue is empty
	queued     bool // in a run list
	hungry     bool // the last receive found no memory
	lingering  bool // closed by the service, still delivering

	fixed   bool           // bound by the service
	shared  bool           // has SO_REUSEADDR: see bind.go
	abort   bool           // OptLinger 0: close sends RST
	fin     bool           // the end of the stream has been received
	eof     bool           // the same, or SHUT_RD: pops return it without asking
	wrShut  bool           // SHUT_WR: no more pushes
	finSent bool           // and those before have left
	broken  syscall.Errno  // what ended the stream, if a send or an earlier receive was told
	local   netip.AddrPort // once the descriptor is gone
	remote  netip.AddrPort

	accepts, connects, pushes, pops libos.OpList

	next *socket // in a run list
}

// hold lets an operation wait.
func (s *socket) hold(l *libos.OpList, op *libos.Op) {
	l.PushBack(op)
	s.e.pending++
}

// release is called before an operation that was held is completed.
func (s *socket) release() {
	s.e.pending--
	s.e.moved = true
}

func (s *socket) fail(op *libos.Op, err error) {
	s.release()
	op.Fail(err)
}

// failAll ends what is pending, in the order of issue.
func (s *socket) failAll() {
	s.e.pending -= s.accepts.Len() + s.connects.Len() + s.pops.Len() + s.pushes.Len()
	libos.FailAll(syscall.ECANCELED, &s.accepts, &s.connects, &s.pops, &s.pushes)
}

// note takes over what epoll says.
func (s *socket) note(events uint32) {
	const ended = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	if s.lingering {
		s.linger()
		return
	}
	if s.state == libos.SockConnecting {
		s.connecting(events)
	}
	if !s.dgram && s.state != libos.SockListening && s.state != libos.SockConnected {
		return
	}
	if events&(unix.EPOLLIN|ended) != 0 {
		s.readable = true
	}
	if events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		s.writable = true
	}
	if events&(ended|unix.EPOLLPRI) != 0 {
		s.more = true
	}
}

// hasWork reports whether a turn could make progress.
func (s *socket) hasWork() bool {
	if s.fd < 0 {
		return false
	}
	return s.readable && (s.pops.Len() > 0 || s.accepts.Len() > 0) || s.writable && s.pushes.Len() > 0
}

// turn does what it can within its bounds.
func (s *socket) turn() {
	if s.fd < 0 {
		return // closed since it was scheduled
	}
	for n := 0; n < turnCalls && s.readable && s.accepts.Len() > 0; n++ {
		s.accept()
	}
	s.popSome()
	s.pushSome()
}

// Listen sets SO_REUSEADDR first: see bind.go.
func (s *socket) Listen(backlog int) error {
	if s.dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.ListenErr(); err != nil {
		return err
	}
	if err := s.register(); err != nil {
		return err
	}
	if err := s.reuse(true); err != nil {
		return err
	}
	if err := unix.Listen(s.fd, backlog); err != nil {
		if err := s.reuse(false); err != nil {
			return err
		}
		return err
	}
	s.state, s.shared = libos.SockListening, true
	return nil
}

// Shutdown ends a direction. Pops that are pending when reading ends complete with the end of the stream.
func (s *socket) Shutdown(how int) error {
	if s.dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.DataErr(); err != nil {
		return err
	}
	if how != unix.SHUT_WR && !s.eof {
		// Fails only on a connection that has ended already.
		_ = unix.Shutdown(s.fd, unix.SHUT_RD)
		s.eof, s.readable = true, true
		s.popSome()
		s.e.schedule(s)
	}
	if how != unix.SHUT_RD && !s.wrShut {
		s.wrShut = true
		s.drained()
	}
	return nil
}

// drained sends FIN, once, when Shutdown has asked for it and the last push has left.
func (s *socket) drained() {
	if s.wrShut && !s.finSent && s.pushes.Len() == 0 {
		s.finSent = true
		_ = unix.Shutdown(s.fd, unix.SHUT_WR) // ENOTCONN: the connection has ended already
	}
}

// LocalAddr returns the address that the socket is bound to; the wildcard address and port 0 if it is not.
func (s *socket) LocalAddr() (netip.AddrPort, error) {
	if s.fd < 0 {
		return s.local, nil
	}
	a, errno := s.e.localAddr(s.fd)
	if errno != 0 {
		return netip.AddrPort{}, errno
	}
	return a, nil
}

// RemoteAddr returns the peer's address.
func (s *socket) RemoteAddr() (netip.AddrPort, error) {
	if s.state != libos.SockConnected {
		return netip.AddrPort{}, syscall.ENOTCONN
	}
	return s.remote, nil
}
