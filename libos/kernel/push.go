package kernel

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// Push sends on a connected socket. On a datagram socket it is one datagram: EMSGSIZE if it is too large for one.
func (s *socket) Push(op *libos.Op, sga libos.SGArray) error {
	switch {
	case !s.dgram:
		if err := s.state.DataErr(); err != nil {
			return err
		}
		if s.wrShut {
			op.Fail(syscall.EPIPE)
			return nil
		}
	case s.state != libos.SockConnected:
		return syscall.EDESTADDRREQ
	}
	s.push(op)
	return nil
}

// PushTo sends one datagram to addr.
func (s *socket) PushTo(op *libos.Op, sga libos.SGArray, addr netip.AddrPort) error {
	if !s.dgram {
		if s.state == libos.SockConnected {
			return syscall.EISCONN
		}
		return syscall.ENOTCONN
	}
	if errno := s.e.encode(s.fd, s.domain, addr); errno != 0 {
		return errno
	}
	if addr.Port() == 0 {
		return syscall.EINVAL
	}
	op.Addr = addr
	s.push(op)
	return nil
}

func (s *socket) push(op *libos.Op) {
	s.hold(&s.pushes, op)
	if s.writable && s.pushes.Len() == 1 {
		s.pushSome()
		s.e.schedule(s)
	}
}

// pushSome serves pushes within the bounds of a turn.
func (s *socket) pushSome() {
	bytes := 0
	for n := 0; n < turnCalls && bytes < turnBytes && s.writable && s.pushes.Len() > 0; n++ {
		m, errno := s.send(s.pushes.Front())
		s.e.stats.Sends++
		if s.dgram && errno != 0 && errno != unix.EAGAIN {
			// The error may be about an earlier datagram, told by an ICMP message, and this one has not been sent. A second
			// call tells.
			m, errno = s.send(s.pushes.Front())
			s.e.stats.Sends++
			if errno == 0 {
				s.e.stats.Swallowed++
			}
		}
		if errno == 0 {
			bytes += m
			continue
		}
		if !s.refused(s.pushes.Front(), errno) {
			return
		}
	}
}

// refused deals with a send that failed and reports whether to go on.
func (s *socket) refused(op *libos.Op, errno syscall.Errno) bool {
	switch {
	case errno == unix.EAGAIN:
		s.e.stats.FullSends++
		s.writable = false
		return false
	case errno == unix.EINTR:
		return true
	case errno == unix.ENOBUFS, errno == unix.ENOMEM:
		return false // the kernel is out of memory: still writable, so tried again in the next Poll
	case s.dgram && errno == unix.ECONNREFUSED:
		// Another one, about an earlier datagram to a closed port, which does nothing.
		s.e.stats.Swallowed++
		return true
	case !s.dgram && errno != unix.EPIPE && s.broken == 0:
		// The kernel reports it once: pops must not take it for the end of the stream. EPIPE tells nothing about the
		// other direction.
		s.broken = errno
	}
	s.fail(op, errno)
	s.drained()
	return true
}

// send makes one call for op, completes it if all has been sent, and returns the number of bytes.
func (s *socket) send(op *libos.Op) (int, syscall.Errno) {
	e := s.e
	var to *sockaddr
	if s.dgram && op.Addr.IsValid() {
		if errno := e.encode(s.fd, s.domain, op.Addr); errno != 0 {
			return 0, errno
		}
		to = &e.name
	}
	size := op.SGA.Len()
	var n int
	var errno syscall.Errno
	if op.SGA.NumSegs() == 1 {
		p := op.SGA.Seg(0).Data[op.Off:]
		if !s.dgram && len(p) > sendSize {
			p = p[:sendSize]
		}
		n, errno = sendTo(s.fd, p, to)
	} else if used, all := e.gather(&op.SGA, op.Off, s.dgram); all || !s.dgram {
		n, errno = sendMsg(s.fd, &e.hdr, e.iov[:used], to)
		clear(e.iov[:used]) // keeps no memory alive
	} else {
		n, errno = e.sendFlat(s.fd, &op.SGA, to)
	}
	if errno != 0 {
		return 0, errno
	}
	e.moved = true
	e.stats.BytesOut += uint64(n)
	if op.Off += n; op.Off == size {
		s.release()
		e.stats.Pushes++
		op.CompletePush(libos.Buffered)
		s.drained()
	}
	return n, 0
}

// gather fills the vector from byte off of sga, for a stream up to sendSize bytes. It returns the number of entries used,
// and whether they reach the end of sga.
func (e *Engine) gather(sga *libos.SGArray, off int, whole bool) (used int, all bool) {
	room := sendSize
	for i := range sga.NumSegs() {
		p := sga.Seg(i).Data
		if off >= len(p) {
			off -= len(p)
			continue // sent, or empty
		}
		p = p[off:]
		off = 0
		if used == iovMax || room == 0 {
			return used, false
		}
		if !whole {
			p = p[:min(len(p), room)]
			room -= len(p)
		}
		setIov(&e.iov[used], p)
		used++
	}
	return used, true
}

// sendFlat sends a datagram of more segments than a vector has entries.
func (e *Engine) sendFlat(fd int, sga *libos.SGArray, to *sockaddr) (int, syscall.Errno) {
	n := sga.Len()
	if n > receiveSize {
		return 0, unix.EMSGSIZE
	}
	if e.flat == nil {
		e.flat = make([]byte, receiveSize)
	}
	sga.CopyTo(e.flat)
	return sendTo(fd, e.flat[:n], to)
}
