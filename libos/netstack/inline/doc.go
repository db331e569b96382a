// Package inline has gVisor's TCP process segments on the goroutine that received them.
//
// gVisor hands each segment to a "processor" goroutine, and that hand-off costs more than the protocol. This package wraps
// the TCP protocol: a segment is put on the queue of its endpoint as ever, but the endpoint is marked as busy with a call of
// its user, so that no processor is woken, and it is remembered here. Process then runs the functions that the processor
// would have run.
//
//	RX burst -> DeliverNetworkPacket -> demultiplexer -> QueuePacket      queued, endpoint remembered
//	Process                                                               states, data, readiness
//	the service's turn                                                    replies carry the acknowledgment
//	Finish                                                                acknowledgments that nothing has carried
//
// QueuePacket must not process: the demultiplexer holds a lock there that closing an endpoint needs.
//
// Segments that continue a connection and are nothing special, which are nearly all, take a shorter way: Early leaves out the
// network layer, Take also the queues, so that data goes from the frame to the service with one copy, and Send builds the
// frame itself. What these do not understand they leave to gVisor.
//
// Since every segment passes here, this is also where lost ones are found by time (flight.go, recovery.go), which saves most
// retransmission timeouts.
//
// The functions have unexported names, which go:linkname reaches, and fields are found by reflection. All of that is in
// the files *_unsafe.go, and holds for the gVisor that go.mod pins. Check proves it when a stack is opened: a
// program that is built with another gVisor gets gVisor's own processors instead of a crash, and the test of this package
// fails.
//
// In short: run to completion, without a fork.
package inline
