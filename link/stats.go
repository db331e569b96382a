package link

// Stats are the counters of one queue. Frames and bytes count from the destination address to the end of the payload.
type Stats struct {
	RxFrames, RxBytes uint64 // returned by RxBurst
	TxFrames, TxBytes uint64 // accepted by TxBurst

	// Receive drops by cause.
	RxDropped      uint64 // dropped by the device for other reasons, such as a frame longer than its buffer
	RxRingFull     uint64 // the RX ring was full: the service polls too slowly
	RxNoBuffer     uint64 // the fill ring was empty: too few frames are free
	RxInvalid      uint64 // descriptor or length that the device must not have produced; the frame was refused
	TxInvalid      uint64 // frame that was refused or that the device could not send: empty, longer than the MTU allows
	TxBackpressure uint64 // frames that TxBurst did not take
	TxDropped      uint64 // accepted by TxBurst and then lost by the device, where it can tell

	NotHeld uint64 // frames given to TxBurst or Free that the caller did not hold: a caller's mistake, ignored

	Kicks      uint64 // system calls that told the device of work
	KickErrors uint64 // of these, the ones that ended in an error other than "try again"

	Accounts Accounts
}

// Accounts says where the frames of a queue are. Free + RX + Held + TX = Total after every call.
type Accounts struct {
	Free  int // in the queue's own list
	RX    int // lent to the device for receiving
	Held  int // with the caller
	TX    int // lent to the device for sending
	Total int
}

// Sum returns Free + RX + Held + TX.
func (a Accounts) Sum() int { return a.Free + a.RX + a.Held + a.TX }

// Drops returns the frames that were received or accepted and then lost, over all causes.
func (s *Stats) Drops() uint64 {
	return s.RxDropped + s.RxRingFull + s.RxNoBuffer + s.RxInvalid + s.TxDropped
}
