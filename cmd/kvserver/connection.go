package main

import (
	"errors"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// roundOutput is how many bytes of replies a client gets in a round. What it has asked for beyond waits until these have
// been sent or more arrives, so that a few bytes of requests for large values do not become gigabytes at once. A client
// whose output has a limit is not spared: it is cut there, as with Redis.
const roundOutput = 1 << 20

// maxArgument bounds an argument, whatever proto-max-bulk-len allows: a key and its value have to be allocations of the slab, and
// an element has to fit into a listpack.
const maxArgument = 1 << 30

// A connection always has a pop outstanding until its client has ended its direction, so that one that goes away is noticed
// even while a command of its waits for a key, and at most one push: replies that come meanwhile are pushed together when
// that has completed.
type connection struct {
	qd      api.QD
	session *engine.Session
	parser  resp.Parser
	own     func(i int) ([]byte, bool) // parser.Own, made once: a method value allocates
	input   input
	sent    []byte // lent to the push
	used    int64  // when anything arrived last, in Unix milliseconds
	pushing bool
	closing bool
	ended   bool // the client sends no more
	warm    bool // on the list of those that may hold memory without need
}

// welcome makes a client of a descriptor that was accepted.
func (s *server) welcome(qd api.QD) {
	remote, err := s.rt.RemoteAddr(qd)
	if err != nil { // it has gone already
		s.close(qd)
		return
	}
	local, err := s.rt.LocalAddr(qd)
	if err != nil {
		s.close(qd)
		return
	}
	c := &connection{qd: qd}
	c.own = c.parser.Own
	s.conns[qd] = c
	full := s.engine.Clients() >= s.engine.Config.MaxClients
	c.session = s.engine.Connect(remote, local)
	c.session.Host = c
	if full {
		s.engine.Stats.Connections--
		s.engine.Stats.Rejected++
		c.session.Out.Error("ERR max number of clients reached")
		c.session.CloseAfter = true
		s.serve(c)
		return
	}
	s.pop(c)
}

func (s *server) pop(c *connection) {
	if _, err := s.rt.Pop(c.qd); err != nil {
		s.end(c)
	}
}

func (s *server) popped(r *api.QResult) {
	c := s.conns[r.QD]
	switch {
	case c == nil || c.closing || s.stopping && r.N > 0: // what comes after the end
		if r.Err == nil && r.N > 0 {
			s.free(r.SGA)
		}
	case r.Err != nil:
		s.end(c)
	case r.N == 0:
		s.finish(c)
	default:
		s.received(c, r)
	}
}

// finish ends a connection when all that has arrived is answered and sent. A command that waits is not answered any more.
func (s *server) finish(c *connection) {
	c.ended = true
	if c.session.Blocked() {
		s.end(c)
		return
	}
	s.serve(c)
}

func (s *server) received(c *connection, r *api.QResult) {
	s.engine.Stats.InputBytes += uint64(r.N)
	c.session.QueryBuffer += r.N
	c.input.add(r.SGA, s.free)
	c.session.Active = s.engine.Now()
	if c.used = s.engine.Now(); !c.warm {
		c.warm = true
		s.warm = append(s.warm, c)
	}
	s.parse(c)
	switch {
	case c.closing:
	case int64(c.session.QueryBuffer) > s.engine.Config.ClientQueryBufferLimit:
		s.cutInput(c)
	case c.session.CloseAfter || c.session.Killed:
		// Nothing that it sends matters any more: serve ends it.
		s.engine.Attend(c.session)
	default:
		s.pop(c)
	}
}

// cutInput closes a connection whose input is above client-query-buffer-limit.
func (s *server) cutInput(c *connection) {
	s.engine.Stats.QueryLimitDisconnections++
	s.engine.Logf("client %v closed: its input is above client-query-buffer-limit", c.session.Remote)
	s.engine.Kill(c.session)
}

// parse runs the commands that have arrived, until the input ends or the session has to wait.
func (s *server) parse(c *connection) {
	if c.input.empty() {
		return
	}
	session := c.session
	c.parser.Limits = s.limitsOf(session)
	if session.Out.Cap() == 0 {
		session.Out.Swap(s.buffers.take())
	}
	limit := s.engine.OutputLimit(session)
	paced := limit.Hard == 0 && limit.Soft == 0
	for !session.Blocked() && !session.CloseAfter && !session.Killed && !s.engine.Stopping && !(paced && session.Out.Len() >= roundOutput) {
		if !c.input.fed {
			b := c.input.next(s.free)
			if b == nil {
				break
			}
			c.parser.Feed(b)
		}
		args, err := c.parser.Next()
		if err != nil {
			s.refuse(c, err)
			break
		}
		if args != nil {
			s.engine.DoOwned(session, args, c.own)
			s.reclaim.discard(c.parser.Owned()) // or the value whose place it has taken
			c.parser.Limits = s.limitsOf(session)
			continue
		}
		session.QueryBuffer -= c.input.used()
	}
	if session.Out.Len() == 0 {
		s.buffers.give(session.Out.Swap(nil))
	}
}

// refuse answers input that is not the protocol and closes, or just closes where Redis does.
func (s *server) refuse(c *connection, err error) {
	var protocol resp.ProtocolError
	if !errors.As(err, &protocol) {
		s.cutInput(c)
		return
	}
	c.session.Out.Error(protocol.Reply())
	c.session.CloseAfter = true
	s.engine.Attend(c.session)
}

// serve goes on with input that has waited, takes the output of a session, and closes what is to be closed.
func (s *server) serve(c *connection) {
	switch {
	case c.closing:
	case c.session.Killed:
		s.end(c)
	default:
		s.parse(c)
		s.push(c)
	}
}

// push sends what there is, unless a push is under way, and closes a connection that has nothing to come.
func (s *server) push(c *connection) {
	if c.pushing {
		return
	}
	if c.session.Killed {
		s.end(c)
		return
	}
	if c.session.Out.Len() == 0 {
		if c.session.CloseAfter || c.ended {
			s.end(c)
		}
		return
	}
	c.sent = c.session.Out.Swap(nil)
	if _, err := s.rt.Push(c.qd, api.Bytes(c.sent)); err != nil {
		s.end(c)
		return
	}
	c.pushing = true
	c.session.InFlight = len(c.sent)
	s.engine.Stats.OutputBytes += uint64(len(c.sent))
}

func (s *server) pushed(r *api.QResult) {
	c := s.conns[r.QD]
	if c == nil {
		return
	}
	c.pushing = false
	c.session.InFlight = 0
	c.session.Active = s.engine.Now()
	s.buffers.give(c.sent)
	s.reclaim.discard(cap(c.sent))
	c.sent = nil
	switch {
	case c.closing:
	case r.Err != nil:
		s.end(c)
	default:
		s.serve(c)
	}
}

// limitsOf returns the limits of input: they are narrow for a client that has not given its password.
func (s *server) limitsOf(session *engine.Session) *resp.Limits {
	i := 0
	if !s.engine.Authenticated(session) {
		i = 1
	}
	l := &s.limits[i]
	l.MaxBulk, l.MaxQuery = min(s.engine.Config.ProtoMaxBulkLen, maxArgument), s.engine.Config.ClientQueryBufferLimit
	return l
}

// end closes a connection, once.
func (s *server) end(c *connection) {
	if c.closing {
		return
	}
	c.closing = true
	s.engine.Disconnect(c.session)
	c.input.drop(s.free)
	c.input.held = nil
	if !s.close(c.qd) {
		delete(s.conns, c.qd)
	}
}

func (s *server) freeArray(sga api.SGArray) {
	if err := s.rt.Free(sga); err != nil {
		s.engine.Logf("free: %v", err)
	}
}
