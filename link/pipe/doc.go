// Package pipe joins two network devices in memory.
//
// Each queue has frames of its own and lends some of them for receiving. A sender copies from its frame into one that
// the peer lent, and has its own frame back at once:
//
//	  sender's queue                             receiver's queue
//	+----------------+   fill ring: lent    +-----------------------+
//	|                | <------------------- | refill                |
//	| TxBurst: copy  |                      |                       |
//	|                | -------------------> | RxBurst               |
//	+----------------+   RX ring: received  +-----------------------+
//
// Both rings have one producer and one consumer and are joined by atomic indices, so the two sides may be polled by two
// goroutines, or by one, which is then deterministic: the package reads no clock and no randomness. No frame is lost:
// when the receiver has lent nothing more, TxBurst is short. Frames of any length from one byte to the MTU plus the
// Ethernet header are carried; others are refused and counted in TxInvalid.
//
// A frame that the caller does not hold, because it was sent or freed before or was never given out, is refused and
// counted in NotHeld; its ID carries a generation, so that an old copy of a frame is told from the frame's next use.
//
// When a side closes or is set down, what the other side sends is accepted and counted in TxDropped, as by a NIC
// without a link, and what it had received it can still read.
//
// In short: two devices back to back, one copy, no loss, no lock.
package pipe
