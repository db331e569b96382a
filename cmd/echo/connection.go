package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
)

// datagramPops is how many pops a UDP server keeps outstanding, each followed by its push.
const datagramPops = 32

// A connection has one operation outstanding, a pop or a push: a peer that does not read is not read from either.
type connection struct {
	qd      api.QD
	sga     api.SGArray // lent to the push
	pushing bool
	closing bool
}

// receive starts to wait for the next connection.
func (s *server) receive() {
	if _, err := s.rt.Accept(s.listener); err != nil {
		s.count.errors++
		s.retryAt = time.Now().Add(acceptRetry)
	}
}

func (s *server) accepted(r *api.QResult) {
	if r.Err != nil {
		if s.stopping && errors.Is(r.Err, syscall.ECANCELED) {
			return
		}
		if s.lost(r.Err) {
			return
		}
		// Such as EMFILE: the connection may wait in the backlog until another one has closed, so trying again at once
		// would spin.
		s.count.errors++
		s.retryAt = time.Now().Add(acceptRetry)
		return
	}
	s.count.connections++
	c := &connection{qd: r.NewQD}
	s.conns[c.qd] = c
	if s.stopping {
		s.end(c)
		return
	}
	s.pop(c)
	s.receive()
}

func (s *server) stream(r *api.QResult) {
	c := s.conns[r.QD]
	if c == nil { // its close could not be started, and it was given up
		if r.Opcode == api.OpPop && r.Err == nil && r.N > 0 {
			s.free(r.SGA)
		}
		return
	}
	if r.Opcode == api.OpPush {
		c.pushing = false
		s.free(c.sga)
		c.sga = api.SGArray{}
	}
	switch {
	case r.Err != nil:
		if !c.closing {
			s.count.errors++
		}
		s.end(c)
	case r.Opcode == api.OpPush:
		s.count.bytesOut += uint64(r.N)
		if s.stopping {
			s.end(c)
			return
		}
		s.pop(c)
	case r.N == 0: // the peer has ended its direction
		s.end(c)
	default:
		s.count.requests++
		s.count.bytesIn += uint64(r.N)
		if c.closing {
			s.free(r.SGA)
			return
		}
		if _, err := s.rt.Push(c.qd, r.SGA); err != nil {
			s.count.errors++
			s.free(r.SGA)
			s.end(c)
			return
		}
		c.sga, c.pushing = r.SGA, true
	}
}

func (s *server) pop(c *connection) {
	if _, err := s.rt.Pop(c.qd); err != nil {
		s.count.errors++
		s.end(c)
	}
}

// end closes a connection, once.
func (s *server) end(c *connection) {
	if c.closing {
		return
	}
	c.closing = true
	if !s.close(c.qd) {
		delete(s.conns, c.qd)
	}
}

func (s *server) closed(r *api.QResult) {
	delete(s.closes, r.QT)
	delete(s.conns, r.QD)
	if r.Err != nil && !errors.Is(r.Err, syscall.ECANCELED) {
		s.count.errors++
	}
}

// datagram sends a datagram back, or receives the next one when that has been sent.
func (s *server) datagram(r *api.QResult) {
	if r.Err != nil {
		if s.stopping && errors.Is(r.Err, syscall.ECANCELED) || s.lost(r.Err) {
			return
		}
		s.count.errors++
	} else if r.Opcode == api.OpPush {
		s.count.bytesOut += uint64(r.N)
	} else {
		s.count.requests++
		s.count.bytesIn += uint64(r.N)
		if s.answer(r) {
			return
		}
	}
	if s.stopping {
		return
	}
	if _, err := s.rt.Pop(s.listener); err != nil {
		s.count.errors++
	}
}

// answer reports whether a push was started. An empty datagram has no answer, since a push needs a byte.
func (s *server) answer(r *api.QResult) bool {
	defer s.free(r.SGA) // the push keeps the memory for as long as it needs
	if r.N == 0 || s.stopping {
		return false
	}
	if _, err := s.rt.PushTo(s.listener, r.SGA, r.Addr); err != nil {
		s.count.errors++
		return false
	}
	return true
}

// lost reports whether err says that the device is gone, which ends the server.
func (s *server) lost(err error) bool {
	if !errors.Is(err, syscall.ENODEV) {
		return false
	}
	s.fatal = fmt.Errorf("%w; the network interface was removed: make it again and start anew", err)
	return true
}

func (s *server) free(sga api.SGArray) {
	if err := s.rt.Free(sga); err != nil {
		s.count.errors++
	}
}
