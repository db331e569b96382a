//go:build dpdk && linux && cgo

package ethdev

// #include "ethdev.h"
import "C"

import "unsafe"

// A Frame is part of an mbuf, as C has it.
type Frame struct {
	data  unsafe.Pointer
	Len   uint32
	Index uint32 // of the mbuf in its queue
	Csum  uint8  // received: CsumGood, CsumBad or 0
	more  uint8
	// To send: where the TCP or UDP header begins, and the payload of a segment that is cut; or 0.
	L4, Segment uint16
	_           uint16
}

// More reports whether the packet goes on in the next frame.
func (f *Frame) More() bool { return f.more != 0 }

var _ [unsafe.Sizeof(Frame{})]byte = [unsafe.Sizeof(C.struct_cat_frame{})]byte{}

// A Queue is a receive and a transmit queue of a port, with a pool of mbufs. It belongs to one goroutine, and so do all calls.
type Queue struct {
	c   *C.struct_cat_queue
	RX  *[Burst]Frame // what Receive received
	TX  *[Burst]Frame // what Send sends
	idx *[Burst]uint32
	buf []*byte // by index: where an empty frame begins

	drops Drops // as last read
}

// QueueConfig says how a queue is made.
type QueueConfig struct {
	Port, Queue  int
	Frames, Room int // mbufs, and the longest frame of one
	RX, TX       int // descriptors
	Offloads     Offloads
	Revive       string // the socket that it connects to, if the port is stopped and started again when its link is down, since its driver does not reconnect
}

// NewQueue makes a queue of a configured port. After an error the port must be removed before Free, which q, unless it is nil,
// still needs.
func NewQueue(o QueueConfig) (q *Queue, err error) {
	const headroom = 128 // RTE_PKTMBUF_HEADROOM
	var c *C.struct_cat_queue
	err = errno(C.cat_queue_new(C.uint16_t(o.Port), C.uint16_t(o.Queue), C.uint32_t(o.Frames), C.uint16_t(o.Room+headroom), C.uint16_t(o.RX), C.uint16_t(o.TX), &c))
	if c == nil {
		return nil, err
	}
	c.pieces, c.ip_csum, c.revive = C.uint16_t(o.Offloads.Pieces), C.uint16_t(flag(o.Offloads.ipChecksum)), C.uint16_t(flag(o.Revive != ""))
	for i := range min(len(o.Revive), len(c.socket)-1) {
		c.socket[i] = C.char(o.Revive[i])
	}
	q = &Queue{c: c, RX: (*[Burst]Frame)(unsafe.Pointer(&c.rx)), TX: (*[Burst]Frame)(unsafe.Pointer(&c.tx)),
		idx: (*[Burst]uint32)(unsafe.Pointer(&c.taken)), buf: make([]*byte, o.Frames)}
	for i, m := range unsafe.Slice(c.mbufs, o.Frames) {
		q.buf[i] = (*byte)(unsafe.Add(C.cat_buf(m), headroom))
	}
	return q, err
}

// Started says whether the port was started.
func (q *Queue) Started(ok bool) {
	C.cat_queue_started(q.c, flag(ok))
}

// Empty returns the room of mbuf i, from where its first byte belongs.
func (q *Queue) Empty(i uint32, room int) []byte { return unsafe.Slice(q.buf[i], room)[:0] }

// Receive receives at most n frames into RX.
func (q *Queue) Receive(n int) int { return int(C.cat_rx(q.c, C.int(n))) }

// Received returns the k-th frame that Receive received, with the room that is left in its mbuf, which has so much in all: af_xdp's
// driver leaves more in front of it than others.
func (q *Queue) Received(k, room int) []byte {
	f := &q.RX[k]
	at := int(uintptr(f.data)) - int(uintptr(unsafe.Pointer(q.buf[f.Index])))
	return unsafe.Slice((*byte)(f.data), room-at)[:f.Len]
}

// Set makes TX[k] the bytes of mbuf i. more: the packet goes on in the next one.
func (q *Queue) Set(k int, i uint32, b []byte, more bool, l4, segment uint16) {
	q.TX[k] = Frame{data: unsafe.Pointer(&b[0]), Len: uint32(len(b)), Index: i, L4: l4, Segment: segment}
	if more {
		q.TX[k].more = 1
	}
}

// Send sends TX[:n], whole packets, and returns how many frames the driver took.
func (q *Queue) Send(n int) int { return int(C.cat_tx(q.c, C.int(n))) }

// Take takes at most n mbufs from the pool.
func (q *Queue) Take(n int) []uint32 { return q.idx[:C.cat_alloc(q.c, C.int(min(n, Burst)))] }

// Give gives an mbuf back to the pool, with one of the next calls.
func (q *Queue) Give(i uint32) {
	if q.c.ngive == MaxGive {
		C.cat_give(q.c)
	}
	q.c.give[q.c.ngive] = C.uint32_t(i)
	q.c.ngive++
}

// Up reports whether the link was up when it was last looked at.
func (q *Queue) Up() bool { return q.c.link != 0 }

// Counts returns how many mbufs are in the pool, or on their way there, and how many the driver has for receiving.
func (q *Queue) Counts() (free, rx int) {
	return int(C.cat_available(q.c)) + int(q.c.ngive), int(q.c.rx_lent)
}

// Drops counts packets that were dropped: received for want of an mbuf, or because no mbuf or burst holds them, and to send
// because the driver refuses them.
type Drops struct{ NoMbuf, Long, Refused uint64 }

// Drops returns the packets dropped.
func (q *Queue) Drops() Drops {
	if q.c != nil {
		q.drops = Drops{uint64(q.c.rx_nombuf), uint64(q.c.rx_long), uint64(q.c.tx_refused)}
	}
	return q.drops
}

// Freed reports whether Free was called.
func (q *Queue) Freed() bool { return q.c == nil }

// Detach ends the use of the port, which is stopped.
func (q *Queue) Detach() { C.cat_queue_detach(q.c) }

// Free frees the pool. The port is removed, and nobody uses the memory of a frame.
func (q *Queue) Free() {
	q.Drops()
	C.cat_queue_free(q.c)
	q.c = nil
}
