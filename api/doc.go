// Package api is what a service imports: one asynchronous queue API over kernel sockets, over gVisor's netstack on AF_XDP
// rings, and over memory, chosen by a Config.
//
//	rt, err := api.Open(api.Config{LibOS: api.Kernel})
//	qd, err := rt.Socket(api.AF_INET, api.SOCK_STREAM)
//	qt, err := rt.Connect(qd, addr)           // start: a queue token
//	res, err := rt.Wait(qt, api.Forever)      // collect: its result
//
// A Runtime belongs to one goroutine: it makes every call, and all progress is made inside its wait calls. For more cores
// open more runtimes. Memory goes in with Push, which lends it until the push has been waited for, and comes out with the
// result of a Pop, which is the service's until Free.
//
// The calls are Demikernel's (PDPIX), Go-shaped: Socket, Bind, Listen, Accept, Connect, CloseQueue, Queue, Open, Push,
// PushTo, Pop, Wait, WaitAny, WaitAll, WaitNext, Poll, Cancel, Alloc, Free, Shutdown, LocalAddr, RemoteAddr, SetOption,
// Seek, Truncate. They are methods of the embedded libos.Runtime and are documented there. Demikernel's names for what is
// underneath: Catnap is LibOS Kernel, Catnip is DPDK, Catpowder is AFXDP, Catmem is Queue.
//
// In short: open, start operations, wait for their tokens.
package api
