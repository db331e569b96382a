package kernel

import (
	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// close(2) of a TCP socket is not what Close promises. If the receive queue holds data, or if data arrives afterwards, the
// kernel answers with RST (RFC 2525 section 2.17; tcp_close and tcp_rcv_state_process in net/ipv4), drops what it has not
// sent, and most peers then drop what they have not read. So Close sends FIN with shutdown(2), discards what was received,
// and closes the descriptor only when nothing can be lost any more: the peer has ended its side, or has acknowledged all
// of ours. Until then the socket lingers in the engine: an event that says that more has come, or that the FIN has been
// acknowledged, ends the matter. The service does not notice: its close has completed.
//
// A peer that acknowledges nothing for lingerTimeout, or keeps its window shut for as long, is given up by the kernel
// (TCP_USER_TIMEOUT in tcp(7)), as it would give up a connection without a process.

const (
	// lingerTimeout, in milliseconds.
	lingerTimeout = 120_000
	// discardSize bounds one call that discards, discardCalls how many there are in a row.
	discardSize  = 1 << 20
	discardCalls = 16
)

// Close ends what is pending and then the socket, and completes at once. A pending push that has been sent in part leaves
// the stream torn: the peer sees its first bytes and then the end of the stream.
func (s *socket) Close(op *libos.Op) error {
	s.failAll()
	if s.fd >= 0 {
		s.finish()
	}
	op.Complete()
	return nil
}

// finish closes the descriptor, or lets it linger until nothing can be lost.
func (s *socket) finish() {
	if !s.dgram && !s.shared && s.state == libos.SockConnected {
		_ = s.reuse(true) // see bind.go; it cannot fail, and if it did the port would be free a minute later
	}
	if s.dgram || s.abort || s.state != libos.SockConnected || s.fin || s.broken != 0 {
		_ = s.closeFD() // nothing to lose: close(2) of a socket reports nothing that is not known
		return
	}
	if unix.Shutdown(s.fd, unix.SHUT_WR) != nil || s.settled() {
		_ = s.closeFD()
		return
	}
	// Fails on a connection that has just ended, which an event then tells.
	_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, lingerTimeout)
	s.lingering = true
	s.e.lingering++
}

// linger looks at a lingering socket after an event.
func (s *socket) linger() {
	if s.settled() {
		_ = s.closeFD()
		s.e.moved = true
	}
}

// settled discards what has been received and reports whether closing the descriptor can lose nothing.
func (s *socket) settled() bool {
	for range discardCalls {
		n, errno := discard(s.fd, discardSize)
		if errno == unix.EAGAIN {
			break
		}
		if errno != 0 && errno != unix.EINTR || errno == 0 && n == 0 {
			return true // the connection has failed, or the peer has ended its side
		}
	}
	unsent, err := unix.IoctlGetInt(s.fd, unix.SIOCOUTQ)
	return err != nil || unsent == 0
}

// Cancel ends one pending operation. A cancelled connect ends the attempt, and the socket is good for Close only. A
// cancelled push that has been sent in part leaves the stream torn: the next push continues where it stopped.
func (s *socket) Cancel(op *libos.Op) {
	if op.Opcode() == libos.OpConnect {
		s.connectFailed(unix.ECANCELED)
		return
	}
	s.fail(op, unix.ECANCELED)
	s.drained()
}
