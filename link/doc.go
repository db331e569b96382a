// Package link is the contract of a polled Ethernet device.
//
// A Device has one or more Queues. A Queue is one receive/transmit pair, the unit that receive-side scaling steers
// flows to. It is owned by one goroutine at a time and takes no lock.
//
// A Frame is one Ethernet frame in memory that belongs to the device. Whoever holds a Frame passes it on exactly once:
// to TxBurst of the same queue, which sends it, or to Free. Each frame of a queue is therefore in one of four accounts,
//
//	        Alloc, RxBurst
//	free ------------------> held by the caller
//	 ^  \                     |            |
//	 |   \ refill        Free |            | TxBurst
//	 |    v                   v            v
//	 |   lent for RX        (free)     lent for TX
//	 +-----------------------------------------+  completion
//
// and the four always sum to the number of frames that the queue was opened with. Accounts tells them; linktest checks
// them under load, loss, back-pressure and close.
//
// Devices that wrap a device (link/pcap, link/fault) implement the same interfaces.
//
// In short: bursts in, bursts out, every frame accounted for.
package link
