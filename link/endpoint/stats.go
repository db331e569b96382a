package endpoint

// Stats are the counters of an endpoint, since New. The device's own are link.Stats.
type Stats struct {
	RxFrames    uint64 // received from the device
	RxBursts    Bursts // of these frames: one for each Poll that received any
	RxDelivered uint64 // packets that were handed to the stack
	RxCoalesced uint64 // appended to the packet of another frame: consecutive TCP segments of one flow

	// Received and dropped, by cause. With RxDelivered and RxCoalesced they sum to RxFrames.
	RxNotOurs     uint64 // for another station
	RxTooShort    uint64 // ends before its headers or before the length that they claim
	RxMalformed   uint64 // a header field has a value that it cannot have
	RxBadChecksum uint64 // IPv4 header, TCP, UDP, ICMP or ICMPv6
	RxUnknownType uint64 // neither IPv4 nor IPv6 nor ARP
	RxDetached    uint64 // the stack has no interface any more

	RxUnfinished uint64 // delivered with an unfinished transport checksum, from a virtual device
	RxErrors     uint64 // bursts that ended in an error of the device

	TxFrames    uint64 // accepted by the device
	TxBursts    Bursts // of these frames: one for each TxBurst of the device that took any
	TxSegmented uint64 // TCP segments of the stack that were cut into several frames

	// Written by the stack and not sent.
	TxNoBuffer uint64 // packets that were refused: the device pushes back and MaxHeld frames are held
	TxTooLong  uint64 // packets that were refused: longer than the MTU
	TxClosed   uint64 // frames that were lost: the endpoint or the device was closed before they could be sent
	TxErrors   uint64 // bursts that ended in an error of the device

	TxHeld uint64 // packets that had to be held for a later round
	Held   int    // frames that the packets held now need
	Staged int    // frames that wait for a Flush or that the device has not taken yet
}
