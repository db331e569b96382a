package libos

import (
	"net/netip"
	"time"
)

// An Engine is one libOS inside a runtime: it owns a device and makes its queues progress. Only the goroutine that owns
// the runtime calls it.
type Engine interface {
	// Poll does what can be done now, without blocking: it sends what the service has queued, receives, runs timers that
	// are due, and completes operations. It reports whether anything moved, memory that it gave back included: before the
	// runtime sleeps, every engine is polled once more after the last progress of any.
	Poll() (progress bool)
	// Arm prepares fd to become readable when Poll could make progress, and returns the time of the engine's next timer
	// (zero: none). fd is -1 when only the timer matters. It reports false when Poll could make progress already, or
	// when the engine has nothing to sleep on. A busy-polling runtime never calls it.
	Arm() (fd int, next time.Time, ok bool)
	// Close ends all connections at once and releases what the engine holds. Operations still pending complete with
	// ECANCELED before it returns.
	Close() error
}

// A Network is an Engine that makes sockets.
type Network interface {
	Engine
	// Socket makes an unbound socket. domain is syscall.AF_INET or AF_INET6 (which never carries IPv4: IPV6_V6ONLY),
	// typ is syscall.SOCK_STREAM or SOCK_DGRAM; anything else is ENOTSUP.
	Socket(domain, typ int) (Socket, error)
}

// A FileSystem is an Engine that opens files: logs and the like.
type FileSystem interface {
	Engine
	Open(path string) (File, error)
}

// A Queue is what a descriptor names. Each method starts an operation and returns at once. The engine completes op
// exactly once, before the method returns or later. An error means that nothing was started and that op will not be
// completed.
type Queue interface {
	// Push sends sga, which is lent until op completes. The runtime has already refused an empty one and holds a
	// reference to its memory for as long.
	Push(op *Op, sga SGArray) error
	// Pop receives. The memory in its result becomes the service's.
	Pop(op *Op) error
	// Close completes what is pending with ECANCELED, in the order in which it was issued, and then op. No other method
	// but Cancel is called afterwards. Data of completed pushes is still delivered.
	Close(op *Op) error
	// Cancel makes op, which this queue holds, complete with ECANCELED: now, or as soon as the device has let go of its
	// memory. A cancelled Close aborts the connection. Data that a cancelled Pop would have received goes to the next.
	Cancel(op *Op)
}

// A Socket is a queue with addresses.
type Socket interface {
	Queue
	Bind(addr netip.AddrPort) error
	Listen(backlog int) error
	Accept(op *Op) error
	Connect(op *Op, addr netip.AddrPort) error
	PushTo(op *Op, sga SGArray, addr netip.AddrPort) error
	// Shutdown ends one or both directions, after the pushes that are pending (syscall.SHUT_RD, SHUT_WR, SHUT_RDWR).
	Shutdown(how int) error
	LocalAddr() (netip.AddrPort, error)
	RemoteAddr() (netip.AddrPort, error)
	SetOption(opt Option, value int) error
}

// A File is a queue with a cursor.
type File interface {
	Queue
	Seek(offset int64, whence int) (int64, error)
	Truncate(size int64) error
}

// Option names a socket option. Values are as documented with each.
type Option int

const (
	// OptNoDelay turns Nagle's algorithm (RFC 9293 section 3.7.4) off (1, the default here) or on (0).
	OptNoDelay Option = iota + 1
	// OptKeepAlive sets the idle time in seconds after which a stream connection is probed; 0 turns probes off, the
	// default. Probes go out at a tenth of it, at least a second apart; nine unanswered ones end the connection.
	OptKeepAlive
	// OptLinger sets what Close does with unsent data: -1 delivers it (the default), 0 discards it and sends RST.
	OptLinger
	// OptSendBuffer and OptReceiveBuffer bound the bytes that a socket buffers, within the limits of its stack.
	OptSendBuffer
	OptReceiveBuffer
)

// String returns the name of the option.
func (o Option) String() string {
	switch o {
	case OptNoDelay:
		return "no-delay"
	case OptKeepAlive:
		return "keep-alive"
	case OptLinger:
		return "linger"
	case OptSendBuffer:
		return "send-buffer"
	case OptReceiveBuffer:
		return "receive-buffer"
	}
	return "option?"
}
