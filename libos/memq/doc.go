// Package memq is the libOS of memory queues, which join the parts of one service (Demikernel's Catmem).
//
// A queue is a FIFO of messages with one descriptor, which both pushes and pops. One push is one message, and one pop
// returns one message, whole. A push copies its message into memory of the runtime: once a push has completed its memory is
// the pusher's again, while that of the message belongs to whoever pops it.
//
//	Push --> pops pending? ---------- yes --> copy --> completes the oldest pop
//	           | no
//	           v
//	         fewer messages than capacity? -- yes --> copy --> ring (the push completes: Buffered)
//	           | no, or no memory for the copy
//	           v
//	         pushes pending, in order --> taken when a pop makes room, or by a Poll that finds memory
//
// A queue without memory for its next message is starved. Its engine tries again in each Poll. A message larger than all
// the memory of the runtime fails with EMSGSIZE. Nothing else makes progress by itself: every operation completes inside
// the call that makes it possible.
//
// Close throws messages away that nobody has popped: its descriptor was the only way to them.
//
// In short: a bounded ring of copied messages between two lists of pending operations.
package memq
