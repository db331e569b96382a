package link

import "net"

// A Device is an opened network device.
//
// Close releases everything that Open took and is idempotent. It must not be called while another goroutine is inside
// a call on one of the device's queues, unless the device's documentation allows it. After Close every call on a queue
// returns net.ErrClosed or zero, and never touches the memory of the device.
type Device interface {
	Info() Info
	// Queue returns the i-th opened queue, counted from 0, and nil if there is no such queue.
	Queue(i int) Queue
	Close() error
}

// A Queue is one RX/TX queue pair of a Device. It is owned by one goroutine; there are no locks inside.
type Queue interface {
	// RxBurst receives at most len(f) frames and never blocks. f[:n] are the caller's. Frames that arrived are
	// returned even when err is not nil. It may return no frame when f is shorter than Info.Pieces. An error is the device's state, not a frame's: net.ErrClosed after Close,
	// or an errno such as ENETDOWN. A frame that the device had to drop is counted in Stats.
	RxBurst(f []Frame) (n int, err error)
	// TxBurst sends f[:n], which become the device's, and makes sure that the device will see them without a further
	// call ("kick"), as far as the device can take them now. f[n:] stay the caller's: n < len(f) is back-pressure,
	// is counted in Stats and is not an error. Packets of several frames are taken whole. TxBurst(nil) repeats a kick that is still owed.
	TxBurst(f []Frame) (n int, err error)
	// Alloc takes at most len(f) free frames for sending and returns how many. cap(f[i].Data) is the room,
	// len(f[i].Data) is 0.
	Alloc(f []Frame) (n int)
	// Free gives held frames back.
	Free(f []Frame)
	// Arm prepares for sleep: fd becomes readable when RxBurst, or a TxBurst that was short, could make progress.
	// ok is false when it could make progress already. fd is -1 when the device has no descriptor to wait on and
	// must be polled.
	Arm() (fd int, ok bool)
	// Stats returns counters since open and the frame accounts now. It allocates nothing, but may make a system call.
	Stats() Stats
}

// Info describes an opened device.
type Info struct {
	Driver string           // "afxdp", "pipe", ...
	Name   string           // interface name, "va"
	MAC    net.HardwareAddr // the device's own address
	MTU    int              // largest IP packet in bytes, without the Ethernet header
	Queues int              // number of opened queues
	Mode   string           // how frames move: "zero-copy", "copy", "generic", "poll-mode", "memory"
	// Offloads are what the device does to frames that are sent.
	Offloads Offloads
	// Pieces is how many frames a packet has at most, received and, with TxSegmentation, sent; 0 or 1: one.
	Pieces int

	// Virtual is true for devices without a wire (veth, pipe): a sender on the same machine may leave the transport
	// checksum unfinished, with only the pseudo-header sum in its place (Linux CHECKSUM_PARTIAL,
	// include/linux/skbuff.h).
	Virtual bool
}
