package engine

import "math"

const (
	tickActive = 100  // milliseconds between two ticks while there are keys that expire
	collectN   = 2000 // elements that are freed in a tick: less than a millisecond
)

// wantTick asks for a tick at a time in Unix milliseconds.
func (e *Engine) wantTick(at int64) {
	if at < e.nextTick {
		e.nextTick = at
	}
}

// Tick does the work that time brings: keys that are due, waits that end, memory to free, clients that are idle or have
// been above their soft limit for too long. It returns the Unix time in milliseconds of the next, math.MaxInt64 for none.
// A host calls it then or earlier.
func (e *Engine) Tick() (next int64) {
	e.nextTick = math.MaxInt64
	e.expireBlocked()
	e.unpause()
	if e.Store.Collect(collectN) {
		e.wantTick(e.now)
	}
	more := e.Store.ExpireSome()
	if more {
		e.wantTick(e.now + 1)
	}
	for i := range e.Store.Databases() {
		if e.Store.DB(i).Expires() > 0 {
			e.wantTick(e.now + tickActive)
			break
		}
	}
	if e.Config.MaxMemory > 0 {
		e.makeRoom()
	}
	e.closeIdle()
	e.serveReady()
	return e.nextTick
}

// NextTick returns the time of the next tick that has been asked for since, in Unix milliseconds.
func (e *Engine) NextTick() int64 { return e.nextTick }

// closeIdle closes clients that have been idle for longer than the option timeout, and those above soft limits.
func (e *Engine) closeIdle() {
	for _, s := range e.sessions {
		if s.soft != 0 {
			e.checkOutput(s)
			e.wantTick(e.now + 1000)
		}
		if e.Config.Timeout > 0 && !s.block.on && s.subs.count() == 0 && !s.monitor {
			if idle := e.now - s.Active; idle > e.Config.Timeout*1000 {
				e.log("client %s closed: idle for longer than the option timeout", s.Remote)
				e.Kill(s)
			}
			e.wantTick(e.now + 1000)
		}
	}
}
