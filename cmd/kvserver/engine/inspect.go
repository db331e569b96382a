package engine

import "slices"

// Channels returns the number of channels, patterns and shard channels that have subscribers.
func (e *Engine) Channels() (names, patterns, shards int) {
	return len(e.channels.byName), len(e.channels.patterns), len(e.channels.byShard)
}

// Watched returns the number of keys that are watched, and of keys that sessions are blocked on.
func (e *Engine) Watched() (watched, blocking int) { return len(e.watched), len(e.waiting) }

// Paused returns the number of sessions that wait for the end of a pause.
func (e *Engine) Paused() int { return len(e.pause.waiting) }

// CommandNames returns the names of all commands, in order.
func (e *Engine) CommandNames() []string {
	names := make([]string, 0, len(e.commands))
	for name := range e.commands {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CommandRate returns the commands a second since the call before, over at least a second.
func (e *Engine) CommandRate() uint64 {
	if took := e.now - e.rate.at; took >= 1000 {
		e.rate.perSecond = (e.Stats.Commands - min(e.rate.commands, e.Stats.Commands)) * 1000 / uint64(took)
		e.rate.at, e.rate.commands = e.now, e.Stats.Commands
	}
	return e.rate.perSecond
}

// rate is a measurement of commands a second.
type rate struct {
	at                  int64 // Unix milliseconds
	commands, perSecond uint64
}
