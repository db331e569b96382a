// Package libos is the contract and the runtime of the library operating system: queue descriptors, queue tokens,
// scatter-gather arrays, the Engine and Queue interfaces that each libOS implements, and the wait loop.
//
// A Runtime is one instance. One goroutine owns it: that goroutine makes every call, and all progress is made inside its
// wait calls. There are no locks and no background goroutines on the data path; to use more cores, open more runtimes.
//
//	service     Push, Pop, Accept, Connect, Close ------> QToken          (start an operation, never block)
//	            Wait, WaitAny, WaitAll, WaitNext <------- QResult         (make progress, collect)
//	Runtime     descriptor table  |  token table  |  memory  |  wait loop
//	Engines     kernel sockets, netstack over a device, ...               (Poll, Arm, Close)
//
// A data call takes an Op out of the token table and hands it to a Queue. The queue completes it exactly once, during the
// call or in a later Poll of its engine. Completed operations stand in one list in completion order until a wait call
// returns them, so that no token starves because of its place in an argument list.
//
// Errors of calls and of results unwrap to a syscall.Errno, the same one on every libOS for the same mistake.
//
// In short: operations go in as tokens, come out in completion order, and only the waiting goroutine does the work.
package libos
