// Package mem is the arena: reference-counted I/O memory of one runtime, off the Go heap.
//
// Memory comes from the system in superblocks of 2 MiB, from hugepages if there are any. A superblock serves one size
// class, a power of two from 64 B to 2 MiB; a larger allocation has superblocks of its own, in one piece. Reference
// counts and generations stand outside the I/O memory, so that a device that writes where it should not cannot forge
// them. A Handle names superblock, slot and generation: a handle that was freed is noticed for good.
//
//	Handle  63           31 30        16 15         0
//	        +---------------+------------+-----------+
//	        | generation    | slot       | superblock|
//	        +---------------+------------+-----------+
//
// An Arena belongs to the goroutine that owns its runtime; it takes no locks. Alloc and Release of the small classes do
// not allocate once the superblocks exist.
//
// Under -tags catdebug and -race every allocation records its stack, freed memory is poisoned and kept back for a while,
// writes to it are reported, and Close lists what leaked. Under -race memory comes from the Go heap, so that the race
// detector sees it.
//
// In short: size classes in big blocks, counts outside, stale handles never work.
package mem
