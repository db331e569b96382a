// Package endpoint is gVisor's view of a link.Queue: a stack.LinkEndpoint that is polled.
//
//	        owner's goroutine                        any goroutine of the stack
//	RxBurst -> inspect -> copy -> Free -> deliver    WritePackets: copy into a spare device frame
//	   ^                                                   |
//	   +----- device ----- TxBurst <----- Flush <----- staged (mutex)
//
// Poll takes a burst from the device, checks destination address, lengths and checksums of each frame, copies it into
// memory of the stack, gives the frames back and only then delivers. TCP segments of one flow that follow each other
// within the burst, and are not behind a gap, are delivered as one packet. The stack is told, packet by packet, whether
// the checksum has been verified; it verifies by itself what a single frame cannot show, such as fragments.
//
// The device belongs to the owner's goroutine. The stack writes from other goroutines too, so WritePackets only copies
// into frames that the owner has allocated beforehand, and stages them; Flush hands all of them to the device in one
// burst, which is one kick. A device that takes no more pushes back: packets are then held, up to a bound, and beyond
// it refused with ErrNoBufferSpace. Everything that is not delivered or not sent is counted by cause in Stats.
//
// TCP hands over segments of up to 64 KiB and leaves checksums to the endpoint, which cuts them into frames while it
// copies. All checksums are computed and verified in software, since devices of this project promise nothing about them
// on transmit. A sender on the same machine may leave a transport checksum unfinished (Linux CHECKSUM_PARTIAL); that is
// accepted from virtual devices only.
//
// In short: one copy and one check each way, one lock around staging, one burst per round.
package endpoint
