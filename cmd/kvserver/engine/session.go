package engine

import (
	"net/netip"

	"github.com/catamaran-os/catamaran/cmd/kvserver/conf"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// A Session is the state of one client.
type Session struct {
	ID            uint64
	Remote, Local netip.AddrPort
	Out           resp.Writer // replies that the host takes
	Host          any         // the host's own state of this client

	// The host keeps these for CLIENT LIST and the limits.
	QueryBuffer int // bytes of input that wait
	InFlight    int // bytes of output that were taken and not yet sent

	Name       string
	Created    int64 // Unix milliseconds
	Active     int64 // the time of the last command; the host sets it when it has read or written something
	LastCmd    *Command
	CloseAfter bool // the host closes it when its output has been sent, and feeds it nothing more
	Killed     bool // the host closes it at once

	db            *keyspace.DB
	authenticated bool
	noEvict       bool
	monitor       bool
	replyOff      bool // CLIENT REPLY OFF
	skipThis      bool // no reply to this command
	skipNext      bool

	pending bool        // in Engine.pending
	running bool        // a command of its is running
	held    resp.Writer // messages that came meanwhile
	multi   transaction
	block   blocking
	subs    subscriptions
	soft    int64 // since when its output is above the soft limit; 0: it is not
}

// DB returns the session's database.
func (s *Session) DB() *keyspace.DB { return s.db }

// Authenticated reports whether a client may run commands: it has given its password, or there was none when it connected,
// or there is none now.
func (e *Engine) Authenticated(s *Session) bool { return s.authenticated || e.Config.RequirePass == "" }

// Blocked reports whether a command waits for a key: the host feeds no further command meanwhile.
func (s *Session) Blocked() bool { return s.block.on }

// ending reports whether nothing is to be added to the output any more: the host is about to close the connection, and a
// client that has said QUIT would not see the end for as long as messages come.
func (s *Session) ending() bool { return s.Killed || s.CloseAfter }

// Connect makes a session for a client.
func (e *Engine) Connect(remote, local netip.AddrPort) *Session {
	e.nextID++
	s := &Session{ID: e.nextID, Remote: remote, Local: local, Created: e.now, Active: e.now, db: e.Store.DB(0)}
	s.Out.SetProto(2)
	s.authenticated = e.Config.RequirePass == ""
	if e.Config.Timeout > 0 {
		e.wantTick(e.now + 1000)
	}
	e.sessions[s.ID] = s
	e.Stats.Connections++
	return s
}

// Disconnect ends a session. Its queued commands, subscriptions and waits go with it.
func (e *Engine) Disconnect(s *Session) {
	s.Killed = true
	if _, ok := e.sessions[s.ID]; !ok {
		return
	}
	delete(e.sessions, s.ID)
	e.forget(s)
}

// forget takes a session out of all that others see of it.
func (e *Engine) forget(s *Session) {
	delete(e.monitors, s)
	e.unwatch(s)
	e.unblock(s)
	e.unsubscribeAll(s)
}

// Sessions calls fn for each session, in no order.
func (e *Engine) Sessions(fn func(*Session)) {
	for _, s := range e.sessions {
		fn(s)
	}
}

// Clients returns the number of sessions.
func (e *Engine) Clients() int { return len(e.sessions) }

// Kill ends a session and has the host close its connection at once. What follows in the same round finds it gone.
func (e *Engine) Kill(s *Session) {
	e.Disconnect(s)
	e.attend(s)
}

// Attend has the host look at a session, for what the host itself has written to it.
func (e *Engine) Attend(s *Session) { e.attend(s) }

// attend puts a session on the list that the host looks at.
func (e *Engine) attend(s *Session) {
	if !s.pending {
		s.pending = true
		e.pending = append(e.pending, s)
	}
}

// Pending returns the sessions that the host has to look at: with output, to be closed, or not blocked any more. The list
// is valid until the next call, and each session is on it once.
func (e *Engine) Pending() []*Session {
	list := e.pending
	clear(e.looked) // or it would keep sessions that have ended
	e.pending, e.looked = e.looked[:0], list
	for _, s := range list {
		s.pending = false
	}
	return list
}

// class returns the class of output limits that a session is in.
func (s *Session) class() conf.Class {
	if s.subs.count() > 0 {
		return conf.PubSub
	}
	return conf.Normal
}

// checkOutput cuts a session whose output is above its limits, as of client-output-buffer-limit in redis.conf.
func (e *Engine) checkOutput(s *Session) {
	limit := e.OutputLimit(s)
	n := uint64(s.Out.Len() + s.InFlight)
	soft := limit.Soft > 0 && n > limit.Soft
	cut := limit.Hard > 0 && n > limit.Hard
	switch {
	case !soft:
		s.soft = 0
	case s.soft == 0:
		s.soft = e.now
		e.wantTick(e.now + 1000)
	default:
		cut = cut || e.now-s.soft > int64(limit.Seconds)*1000
	}
	if cut && !s.Killed {
		e.Stats.OutputLimitDisconnections++
		e.log("client %s closed: its output buffer of %d bytes is above client-output-buffer-limit", s.Remote, n)
		e.Kill(s)
	}
}

// OutputLimit returns the limit of the output of a session, by its class.
func (e *Engine) OutputLimit(s *Session) *conf.Limit {
	return &e.Config.ClientOutputBufferLimit[s.class()]
}
