package main

import (
	"errors"
	"math"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

const (
	backlog = 4096
)

// A server owns a runtime and an engine: one goroutine, one loop over results.
type server struct {
	rt        *api.Runtime
	engine    *engine.Engine
	limits    [2]resp.Limits // of clients that have authenticated, and of others
	listener  api.QD
	keepAlive int64 // seconds, as the listener has it
	retryAt   time.Time
	refused   time.Time // when a failure to accept was last told
	tickAt    int64     // Unix milliseconds
	sweepAt   int64     // Unix milliseconds
	conns     map[api.QD]*connection
	warm      []*connection
	closes    map[api.QToken]struct{}
	buffers   buffers
	reclaim   reclaimer
	stopping  bool
	gather    gatherer
	clients   int   // whose requests the last round brought
	fatal     error // ends the server
	now       time.Time
	free      func(api.SGArray)
	results   [256]api.QResult
	keys      [][]byte // see fetch
}

func newServer(rt *api.Runtime, e *engine.Engine) *server {
	s := &server{rt: rt, engine: e, conns: map[api.QD]*connection{}, closes: map[api.QToken]struct{}{}}
	s.limits[1].Unauthenticated = true
	e.Buffer = s.buffers.small
	s.free = s.freeArray // made once: a method value allocates
	return s
}

// listen binds and starts to accept.
func (s *server) listen(addr netip.AddrPort) (netip.AddrPort, error) {
	domain := api.AF_INET
	if addr.Addr().Is6() {
		domain = api.AF_INET6
	}
	qd, err := s.rt.Socket(domain, api.SOCK_STREAM)
	if err != nil {
		return addr, err
	}
	s.listener = qd
	if err := s.rt.Bind(qd, addr); err != nil {
		return addr, err
	}
	if err := s.rt.Listen(qd, backlog); err != nil {
		return addr, err
	}
	if err := s.setKeepAlive(); err != nil {
		return addr, err
	}
	if _, err := s.rt.Accept(qd); err != nil {
		return addr, err
	}
	return s.rt.LocalAddr(qd)
}

// run serves until a signal or SHUTDOWN and then stops in order.
func (s *server) run(signals *atomic.Int32) error {
	s.round()
	for signals.Load() == 0 && s.fatal == nil && !s.engine.Stopping {
		if _, err := s.step(s.timeout()); err != nil {
			return err
		}
		if s.gather.pauses(s.clients) {
			spinUntil(s.now.Add(gatherTime))
		}
	}
	return errors.Join(s.fatal, s.stop(signals))
}

// timeout is how long a wait may last: until the engine's next timed work, the next sweep, or the next try to accept.
func (s *server) timeout() time.Duration {
	at := s.tickAt
	if len(s.warm) > 0 {
		at = min(at, s.sweepAt)
	}
	if !s.retryAt.IsZero() {
		at = min(at, s.retryAt.UnixMilli())
	}
	if at == math.MaxInt64 {
		return api.Forever
	}
	return max(0, time.Until(time.UnixMilli(at)))
}

// step waits once, handles what has completed, and pushes the replies: one push for each client, whatever it has sent. It
// reports how many results there were.
func (s *server) step(timeout time.Duration) (int, error) {
	n, err := s.rt.WaitNext(s.results[:], timeout)
	if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, err
	}
	s.round()
	s.fetch(s.results[:n])
	s.clients = 0
	for i := range s.results[:n] {
		s.handle(&s.results[i])
		s.results[i] = api.QResult{}
	}
	s.attend()
	if !s.retryAt.IsZero() && !s.stopping && !s.now.Before(s.retryAt) {
		s.retryAt = time.Time{}
		s.accept()
	}
	return n, nil
}

// round takes the time, once for all commands of a round, and does what is due.
func (s *server) round() {
	s.now = time.Now()
	s.engine.SetNow(s.now)
	now := s.engine.Now()
	if s.tickAt <= now {
		s.tickAt = s.engine.Tick()
		s.attend()
		s.reclaim.dataset(s.engine.Used())
	}
	if s.sweepAt <= now {
		s.sweep()
	}
}

// attend looks after the sessions whose state a command or the time has changed.
func (s *server) attend() {
	for {
		list := s.engine.Pending()
		if len(list) == 0 {
			break
		}
		for _, session := range list {
			if c, ok := session.Host.(*connection); ok {
				s.serve(c)
			}
		}
	}
	s.tickAt = min(s.tickAt, s.engine.NextTick())
}

func (s *server) handle(r *api.QResult) {
	switch r.Opcode {
	case api.OpClose:
		s.closed(r)
	case api.OpAccept:
		s.accepted(r)
	case api.OpPop:
		s.clients++
		s.popped(r)
	case api.OpPush:
		s.pushed(r)
	}
}

// close closes a descriptor; closed handles the result.
func (s *server) close(qd api.QD) bool {
	qt, err := s.rt.CloseQueue(qd)
	if err != nil {
		s.engine.Logf("close: %v", err)
		return false
	}
	s.closes[qt] = struct{}{}
	return true
}

func (s *server) closed(r *api.QResult) {
	delete(s.closes, r.QT)
	if c := s.conns[r.QD]; c != nil {
		delete(s.conns, r.QD)
	}
	if r.Err != nil && !errors.Is(r.Err, syscall.ECANCELED) && !errors.Is(r.Err, syscall.ECONNRESET) {
		s.engine.Logf("close: %v", r.Err)
	}
}
