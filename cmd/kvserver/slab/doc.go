// Package slab keeps the server's data in memory that the garbage collector does not look at.
//
// An allocation is named by a Ref of 32 bits instead of a pointer: a run and a granule of 16 bytes within it.
//
//	Ref  31                     12 11           0
//	     +------------------------+--------------+
//	     | run (of 64 KiB)        | granule      |
//	     +------------------------+--------------+
//
// A run holds objects of one size class. Those that were never handed out lie above a mark, those that were freed form
// a list inside themselves, so that Alloc and Free take constant time and a new run is not written to. Each class keeps
// a list of its runs that have room. Runs are carved from chunks of 64 runs, anonymous mmap(2). An empty run goes back to
// its chunk and serves any class; of the runs that lie idle a sixteenth of the heap keeps its pages, the others' pages go
// back to the system (madvise(2), MADV_DONTNEED), and so do whole chunks once they are empty.
//
// An allocation above the largest class takes the number of a run, and pages of other chunks, or a mapping of its own if
// it is big. The numbers are enough for 64 GiB of runs; see Heap.Room.
//
// A Heap belongs to one goroutine. Under -tags catdebug and -race memory is poisoned when it is handed out and when it is
// freed, and the use of a Ref that is not allocated, a double Free and a write to freed memory panic.
//
// In short: 32-bit names, one size class per run, nothing for the collector to scan, idle memory goes back.
package slab
