package engine

// room is what is kept free of the slab's address space, for the command that runs: one cannot need more than a query
// buffer and its copies.
const room = 4 << 30

// full reports whether the slab cannot take what a command may need.
func (e *Engine) full() bool { return !e.Store.Heap.Room(room) }

// Used returns the bytes of the dataset.
func (e *Engine) Used() int64 {
	n := int64(e.Store.Used())
	e.Stats.PeakMemory = max(e.Stats.PeakMemory, n)
	return n
}

// evictMost is how many keys or pieces of what was deleted one call of makeRoom takes: less than a millisecond. What is left
// is for the next command or tick, so that no command has to wait for millions of keys to go.
const evictMost = 1000

// makeRoom evicts keys until the dataset is within maxmemory, or for as long as a command may take, and reports false if it
// is above and there is nothing to evict. What was deleted and waits to be freed is freed first: it counts as used until then.
func (e *Engine) makeRoom() bool {
	if e.isPaused() { // nothing is to change
		return true
	}
	for n := evictMost; e.Used() > e.Config.MaxMemory; n-- {
		switch {
		case n <= 0:
			e.wantTick(e.now)
			return true
		case e.Store.Garbage() > 0:
			e.Store.Collect(64)
		case !e.Store.Evict(e.Config.MaxMemorySamples):
			return false
		}
	}
	return true
}
