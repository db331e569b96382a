package main

import (
	"runtime/debug"
	"sync/atomic"
)

const (
	largeMemory = 16 << 20 // bytes from which on memory is worth to be given back before the collector comes by
	reclaimAt   = 64 << 20 // bytes of such memory that may lie idle
)

// A reclaimer gives the memory of large values back. The collector waits until the heap has doubled: with values of hundreds
// of megabytes, each copied once to be sent, that is gigabytes of garbage.
type reclaimer struct {
	garbage int
	used    int64 // of the dataset, the most since the last reclaim
	running atomic.Bool
}

// discard counts memory that is not used any more, or soon will not be.
func (r *reclaimer) discard(n int) {
	if n >= largeMemory {
		r.garbage += n
		r.run()
	}
}

// run has the collector run, unless there is too little for it to do, or it is at it.
func (r *reclaimer) run() {
	if r.garbage < reclaimAt || !r.running.CompareAndSwap(false, true) {
		return
	}
	r.garbage = 0
	go func() { // beside the loop: it takes milliseconds
		debug.FreeOSMemory()
		r.running.Store(false)
	}()
}

// dataset is told the size of the dataset now and then, and counts what it has lost.
func (r *reclaimer) dataset(used int64) {
	if lost := r.used - used; lost >= largeMemory {
		r.garbage += int(lost)
		r.used = used
	}
	r.run()
	r.used = max(r.used, used)
}
