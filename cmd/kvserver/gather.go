package main

import (
	"time"

	"github.com/catamaran-os/catamaran/api"
)

// A round costs system calls at both ends, whatever it brings: over kernel sockets, a server that looks for requests as soon as
// it has answered the last two finds two more. A short pause lets each round bring more. It is as long as a few requests take and
// is counted from the start of the round before, so that none follows one that was long, and it is made only while rounds bring
// requests of several clients: one alone never waits.
const (
	gatherTime   = 12 * time.Microsecond
	gatherRounds = 8 // for which a round of several clients is remembered
)

// A gatherer decides after each round whether requests should be left to gather.
type gatherer struct {
	on     bool
	rounds int
}

// newGatherer returns a gatherer for a runtime: over kernel sockets alone, where a round has system calls to save, and not for
// one that blocks as soon as there is nothing to do, which is to spare its core.
func newGatherer(libOS string, idle api.Idle) gatherer {
	return gatherer{on: libOS == api.Kernel && idle != api.Block}
}

// pauses reports whether to pause after a round that brought requests of so many clients.
func (g *gatherer) pauses(clients int) bool {
	if !g.on || clients == 0 {
		return false
	}
	if clients > 1 {
		g.rounds = gatherRounds
	} else if g.rounds > 0 {
		g.rounds--
	}
	return g.rounds > 0
}

// spinUntil looks at the clock until a time has come: no sleep is as short.
func spinUntil(t time.Time) {
	for time.Now().Before(t) {
	}
}
