package engine

import "slices"

// pause is CLIENT PAUSE: commands wait until its end.
type pause struct {
	until     int64 // Unix milliseconds; 0: there is none
	writeOnly bool
	waiting   []*Session
	resumed   []*Session // have waited, and go on when the command that runs has ended
}

// Pause has commands wait until a time in Unix milliseconds, only those that write if writeOnly. Of a pause that is already
// on the longer one and the stricter one hold.
func (e *Engine) Pause(until int64, writeOnly bool) {
	e.pause.writeOnly = writeOnly && (e.pause.until == 0 || e.pause.writeOnly)
	e.pause.until = max(e.pause.until, until)
	e.wantTick(e.pause.until)
	e.Store.NoExpire = true
}

// remove takes a session off the list of those that wait.
func (p *pause) remove(s *Session) {
	if i := slices.Index(p.waiting, s); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
}

// Unpause ends the pause. What has waited goes on after the command that ends it, or the transaction around that.
func (e *Engine) Unpause() {
	e.pause.until = 0
	e.Store.NoExpire = false
	e.pause.resumed = append(e.pause.resumed, e.pause.waiting...)
	e.pause.waiting = nil
}

// resume runs the commands that have waited for the end of the pause. Each may begin another, or end it.
func (e *Engine) resume() {
	for len(e.pause.resumed) > 0 {
		s := e.pause.resumed[0]
		if e.pause.resumed = e.pause.resumed[1:]; len(e.pause.resumed) == 0 {
			e.pause.resumed = nil
		}
		if !s.block.on || s.Killed {
			continue
		}
		args := s.block.args
		e.unblock(s)
		mark := s.begin()
		c := e.enter()
		c.S, c.DB, c.Args, c.Out = s, s.db, args, &s.Out
		e.process(c)
		e.leave(c)
		e.finish(s, mark)
	}
}

func (e *Engine) unpause() {
	switch {
	case e.pause.until == 0:
	case e.now >= e.pause.until:
		e.Unpause()
		e.resume()
	default:
		e.wantTick(e.pause.until)
	}
}

func (e *Engine) isPaused() bool { return e.pause.until != 0 && e.now < e.pause.until }

// paused blocks the session of a command that has to wait for the end of the pause.
func (e *Engine) paused(c *Call) bool {
	if !e.isPaused() {
		return false
	}
	if e.pause.writeOnly && e.flags(c)&(Write|MayReplicate) == 0 {
		return false
	}
	c.S.block = blocking{on: true, cmd: c.Cmd, args: c.copyArgs(), null: func(c *Call) { c.Out.Null() }}
	e.pause.waiting = append(e.pause.waiting, c.S)
	return true
}

// flags returns the flags of a command; EXEC has those of what it runs, too.
func (e *Engine) flags(c *Call) Flags {
	flags := c.Cmd.Flags
	if c.Cmd.is("exec") {
		flags |= c.S.multi.flags
	}
	return flags
}
