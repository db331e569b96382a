// Package kernel is the libOS over kernel sockets: TCP and UDP over IPv4 and IPv6 (Demikernel's Catnap).
//
// Every socket is non-blocking and registered once, edge-triggered, with the one epoll instance of its engine (epoll(7)).
// Each socket remembers what the kernel last said: readable, writable. An operation is tried when it is issued if the flag
// is set, and completes inside the call; otherwise it waits in its socket's list, and no system call is made for it until an
// event sets the flag again.
//
//	Push, Pop, Accept --> flag set? --yes--> system call --> done: completed
//	                          | no                |
//	                          v                   v EAGAIN: flag cleared
//	                      OpList of the socket  <-+
//	                          ^
//	Poll: epoll_wait(0) --> flags --> run list --> one bounded turn a socket --> back of the list while there is more
//
// A short read of a stream proves that its receive queue was empty, so that the next pop does not try in vain; a hang-up
// or urgent data takes that shortcut away. Data is received into one cached buffer of 64 KiB: a small amount is copied out
// into an allocation of its own size, a large one leaves with the buffer. When the memory is exhausted pops stay pending
// and are tried again in later Polls; nothing is lost, the kernel's receive buffer holds the peer back.
//
// Close is graceful although close(2) is not: with unread data, or with data that comes later, the kernel would answer with
// RST and throw away what it has yet to send. See close.go. Two sockets never share an address although servers restart at
// once: see bind.go.
//
// In short: sockets with two flags each, one epoll_wait a Poll, and no system call that is known to fail.
package kernel
