// Package netstack is a libos.Network engine: TCP and UDP over IPv4 and IPv6 on one queue of a device, with gVisor's
// netstack as the protocol.
//
// One round of Poll, on the goroutine that owns the runtime:
//
//	finish       acknowledgments that nothing which the service sent in its turn has carried
//	flush        frames that the service's turn has queued
//	clock        read once; timers that are due run
//	receive      bursts -> link/endpoint -> netstack; TCP segments are put on a list
//	process      that list; sockets that became ready put themselves on another
//	advance      the operations pending on those sockets are tried again, and complete
//	flush        what all that has queued, with one kick
//
// UDP, ICMP, ARP and ND run inside receive. TCP is processed by package inline; segments of established connections come
// to it straight from the endpoint. Where that does not fit the gVisor that the
// program is built with, gVisor hands segments to goroutines of its own ("processors"): the poller yields after a burst, so
// that they run next on the same processor. What happens to an endpoint is called back with the endpoint locked, and only
// puts the socket on the list. When the engine is armed, that also writes an eventfd.
//
// Data is copied once between service memory and the stack on each path. A pop takes exactly what has arrived, after the
// memory for it is there. A push completes (Buffered) when its last byte is in the send buffer, and continues when the
// buffer drains. Close sends FIN after all data of completed pushes, discards what the peer still sends, and completes
// when the peer has acknowledged everything or the connection is dead.
//
// Addresses are static. Duplicate address detection is off, so that a server can be used at once; so are router
// advertisements, so that nobody on the link can configure it.
//
// In short: gVisor's protocols, our clock, our device, and progress only when polled.
package netstack
