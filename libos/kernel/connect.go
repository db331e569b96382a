package kernel

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// Connect starts to connect a stream, or sets the peer of a datagram socket. After a failure the socket is good for
// Close only; its descriptor is closed at once, so that its port is free.
func (s *socket) Connect(op *libos.Op, addr netip.AddrPort) error {
	if !s.dgram {
		if err := s.state.ConnectErr(); err != nil {
			return err
		}
	}
	if errno := s.e.encode(s.fd, s.domain, addr); errno != 0 {
		return errno
	}
	if s.dgram {
		if errno := sysConnect(s.fd, &s.e.name); errno != 0 {
			op.Fail(errno)
			return nil
		}
		s.state, s.remote = libos.SockConnected, addr
		op.Complete()
		return nil
	}
	if err := s.register(); err != nil {
		return err
	}
	s.hold(&s.connects, op)
	s.state = libos.SockConnecting
	if errno := sysConnect(s.fd, &s.e.name); errno != 0 && errno != unix.EINPROGRESS {
		s.connectFailed(errno)
	}
	return nil // epoll reports the end, also when it is there already
}

// connecting looks how far a connect has got after an event.
func (s *socket) connecting(events uint32) {
	if events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) == 0 {
		return
	}
	soErr, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		s.connectFailed(err)
		return
	}
	if soErr != 0 {
		s.connectFailed(syscall.Errno(soErr))
		return
	}
	local, errno := s.e.localAddr(s.fd)
	if errno != 0 {
		s.connectFailed(errno)
		return
	}
	remote, errno := s.e.remoteAddr(s.fd)
	switch {
	case errno == unix.ENOTCONN && events&unix.EPOLLHUP == 0:
		return // too early
	case errno == unix.ENOTCONN:
		s.connectFailed(syscall.ECONNABORTED)
	case errno != 0:
		s.connectFailed(errno)
	case local == remote && !s.fixed:
		// The kernel chose the port that we connect to as our own, and the two SYNs of one socket met (simultaneous
		// open, RFC 9293 section 3.5). Nobody listens there, and that is the answer.
		_ = s.setAbort(true) // without it the port would be in TIME_WAIT
		s.connectFailed(syscall.ECONNREFUSED)
	default:
		s.state, s.remote = libos.SockConnected, remote
		op := s.connects.Front()
		s.release()
		s.e.stats.Connects++
		op.Complete()
	}
}

func (s *socket) connectFailed(err error) {
	op := s.connects.Front()
	s.giveUp()
	s.fail(op, err)
}

// giveUp ends an attempt to connect.
func (s *socket) giveUp() {
	s.state = libos.SockFailed
	if a, errno := s.e.localAddr(s.fd); errno == 0 {
		s.local = a
	}
	_ = s.closeFD() // close(2) of a socket reports nothing that is not known
}

// Accept waits for a connection.
func (s *socket) Accept(op *libos.Op) error {
	if s.dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.AcceptErr(); err != nil {
		return err
	}
	s.hold(&s.accepts, op)
	if s.readable && s.accepts.Len() == 1 {
		s.accept()
		s.e.schedule(s)
	}
	return nil
}

// accept tries the oldest accept once. What went wrong with a connection before it was accepted is not the listener's
// error: the next one is tried (accept(2), "Error handling"). Being out of descriptors or memory is, and fails the accept.
func (s *socket) accept() {
	e := s.e
	fd, errno := accept4(s.fd, &e.name)
	switch errno {
	case 0:
	case unix.EAGAIN:
		s.readable = false
		return
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.ENETDOWN, unix.ENOPROTOOPT, unix.EHOSTDOWN, unix.ENONET,
		unix.EHOSTUNREACH, unix.EOPNOTSUPP, unix.ENETUNREACH:
		return
	default:
		s.fail(s.accepts.Front(), errno)
		return
	}
	remote := e.decode(fd)
	c := e.newSocket(fd, s.domain, unix.SOCK_STREAM)
	c.state, c.remote, c.writable = libos.SockConnected, remote, true
	c.abort, c.shared = s.abort, true
	op := s.accepts.Front()
	if err := c.register(); err != nil {
		_ = c.closeFD()
		s.fail(op, err)
		return
	}
	s.release()
	e.stats.Accepts++
	op.CompleteAccept(c, remote)
}
