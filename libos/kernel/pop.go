package kernel

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/libos"
)

// Pop receives what is there, or one datagram.
func (s *socket) Pop(op *libos.Op) error {
	if !s.dgram {
		if err := s.state.DataErr(); err != nil {
			return err
		}
	}
	s.hold(&s.pops, op)
	if s.readable && s.pops.Len() == 1 {
		s.popSome()
		s.e.schedule(s)
	}
	return nil
}

// popSome serves pops within the bounds of a turn.
func (s *socket) popSome() {
	bytes := 0
	for n := 0; n < turnCalls && bytes < turnBytes && s.readable && s.pops.Len() > 0; n++ {
		m, ok := s.receive()
		if !ok {
			return
		}
		bytes += m
	}
}

// receive tries the oldest pop once. It reports the number of bytes, and whether to go on.
func (s *socket) receive() (int, bool) {
	e := s.e
	op := s.pops.Front()
	if s.eof {
		s.complete(op, libos.SGArray{}, netip.AddrPort{})
		return 0, true
	}
	if s.hungry = !e.reserve(s.dgram); s.hungry {
		return 0, false
	}
	var from *sockaddr
	if s.dgram {
		from = &e.name
	}
	n, errno := recvFrom(s.fd, e.spare.Data, 0, from)
	e.stats.Receives++
	switch {
	case errno == unix.EAGAIN:
		e.stats.DryRecvs++
		s.readable, s.more = false, false
		return 0, false
	case errno == unix.EINTR:
		return 0, true
	case errno == unix.ENOBUFS, errno == unix.ENOMEM:
		return 0, false // the kernel is out of memory: still readable, so tried again in the next Poll
	case errno != 0 && s.dgram:
		// An ICMP error about a datagram that was sent earlier, read off the socket by this call. A datagram to a
		// closed port does nothing: it has no part in what is received.
		e.stats.Swallowed++
		return 0, true
	case errno != 0:
		if s.broken == 0 {
			s.broken = errno
		}
		s.fail(op, errno)
	case s.dgram:
		peer := e.decode(s.fd)
		if n == 0 {
			s.complete(op, libos.SGArray{}, peer)
		} else {
			s.complete(op, e.take(n), peer)
		}
	case n > 0:
		if n < len(e.spare.Data) && !s.more {
			s.readable = false
		}
		s.complete(op, e.take(n), netip.AddrPort{})
	case s.broken != 0:
		// The kernel reports a reset once and then the end of the stream, which this is not.
		s.fail(op, s.broken)
	default:
		s.fin, s.eof = true, true
		s.complete(op, libos.SGArray{}, netip.AddrPort{})
	}
	return n, true
}

func (s *socket) complete(op *libos.Op, sga libos.SGArray, from netip.AddrPort) {
	s.release()
	s.e.stats.Pops++
	s.e.stats.BytesIn += uint64(sga.Len())
	op.CompletePop(sga, from)
}

// reserve sees to it that there is a buffer to receive into: for a datagram one that holds any, for a stream what can be
// had. False: the memory is exhausted.
func (e *Engine) reserve(whole bool) bool {
	if n := len(e.spare.Data); n == receiveSize || n > 0 && !whole {
		return true
	}
	if e.starved {
		return false // once a Poll is enough
	}
	least := leastReceive
	if whole {
		least = receiveSize
	}
	for size := receiveSize; size >= least; size /= 2 {
		seg, err := e.mem.Alloc(size)
		if err != nil {
			continue
		}
		e.drop()
		e.spare = seg
		return true
	}
	e.starved = true
	e.stats.Starved++
	return false
}

// drop gives the cached buffer back.
func (e *Engine) drop() {
	if e.spare.Handle == 0 {
		return
	}
	if err := e.mem.Release(e.spare.Handle); err != nil {
		panic("kernel: release of the receive buffer: " + err.Error())
	}
	e.spare = libos.Segment{}
	e.moved = true // another engine may wait for it
}

// take returns the first n bytes of the buffer, n > 0: a copy that takes no more memory than it needs, or, if the buffer
// is more than half full, the buffer itself. Without memory for a copy it is the buffer as well, so that what has been
// received is never lost.
func (e *Engine) take(n int) libos.SGArray {
	if n <= len(e.spare.Data)/2 {
		if seg, err := e.mem.Alloc(n); err == nil {
			copy(seg.Data, e.spare.Data[:n])
			return libos.One(seg)
		}
	}
	seg := e.spare
	seg.Data = seg.Data[:n]
	e.spare = libos.Segment{}
	return libos.One(seg)
}
