//go:build dpdk && linux && cgo

package dpdk

import (
	"net"
	"slices"
	"syscall"

	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/dpdk/internal/ethdev"
)

// A frame's ID is its generation and the index of its mbuf. The generation grows with each time that the frame is given out.
const indexBits = 32

// maxStock is how many freed frames a queue keeps for Alloc. The driver receives into what is in the pool.
const maxStock = 128

// Queue is a queue of a port. It is owned by one goroutine.
type Queue struct {
	dev   *Device
	raw   *ethdev.Queue
	room  int
	limit int

	closed bool

	held  int
	has   []bool // by index: the caller holds it
	gen   []uint32
	at    []*byte  // by index: where the data of a held frame begins
	stock []uint32 // free frames
	stats link.Stats
	lost  *losses // of the port, told by its first queue
}

func newQueue(d *Device, raw *ethdev.Queue) *Queue {
	n := d.config.Frames
	return &Queue{
		dev: d, raw: raw, room: d.room(), limit: d.config.MTU + link.EthernetHeaderLen,
		has: make([]bool, n), gen: make([]uint32, n), at: make([]*byte, n), stock: make([]uint32, 0, maxStock),
	}
}

// hand gives a frame to the caller.
func (q *Queue) hand(i uint32, b []byte) link.Frame {
	q.has[i] = true
	q.gen[i]++
	q.at[i] = &b[:1][0]
	q.held++
	return link.Frame{Data: b, ID: uint64(q.gen[i])<<indexBits | uint64(i)}
}

// holds tells whether the caller holds f, and which mbuf it is.
func (q *Queue) holds(f *link.Frame) (i uint32, ok bool) {
	i = uint32(f.ID)
	return i, uint64(i) < uint64(len(q.has)) && q.has[i] && q.gen[i] == uint32(f.ID>>indexBits)
}

// put makes a frame that was held free.
func (q *Queue) put(i uint32) {
	q.has[i] = false
	q.held--
	if len(q.stock) < maxStock {
		q.stock = append(q.stock, i)
	} else {
		q.raw.Give(i)
	}
}

// RxBurst receives frames. ENETDOWN: the link is down.
func (q *Queue) RxBurst(f []link.Frame) (n int, err error) {
	if q.closed {
		return 0, net.ErrClosed
	}
	n = q.raw.Receive(min(len(f), ethdev.Burst))
	for k := range n {
		r := &q.raw.RX[k]
		f[k] = q.hand(r.Index, q.raw.Received(k, q.room))
		f[k].More = r.More()
		switch r.Csum {
		case ethdev.CsumGood:
			f[k].Csum = link.CsumGood
		case ethdev.CsumBad:
			f[k].Csum = link.CsumBad
		}
		q.stats.RxBytes += uint64(r.Len)
	}
	q.stats.RxFrames += uint64(n)
	if !q.raw.Up() {
		err = syscall.ENETDOWN
	}
	return n, err
}

// TxBurst sends frames. A frame that is shorter than an Ethernet header or longer than the MTU allows is counted as TxInvalid and
// becomes free; one that the caller does not hold is counted as NotHeld and left alone. Both count as taken. While the link is
// down none is taken; ENETDOWN.
func (q *Queue) TxBurst(f []link.Frame) (n int, err error) {
	if q.closed {
		return 0, net.ErrClosed
	}
	for more := true; more && n < len(f); {
		var k int
		k, more = q.send(f[n:])
		n += k
	}
	q.stats.TxBackpressure += uint64(len(f) - n)
	if !q.raw.Up() {
		err = syscall.ENETDOWN
	}
	return n, err
}

// maxSegmented is the longest packet that the port cuts into segments, in bytes: IP has 16 bits for it.
const maxSegmented = 0xffff + link.EthernetHeaderLen

// send sends a run of packets that can be sent, at most a burst, or takes one that cannot. more says that it was not cut short.
func (q *Queue) send(f []link.Frame) (n int, more bool) {
	for n < len(f) {
		k, ok := q.packet(f[n:])
		if !ok && n == 0 {
			q.refuse(f[:k])
			return k, true
		}
		if !ok || n+k > ethdev.Burst {
			break
		}
		for _, g := range f[n : n+k] {
			i := uint32(g.ID)
			q.raw.Set(n, i, g.Data, g.More, g.CsumStart, g.SegmentSize)
			q.has[i] = false // it may be in f twice
			n++
		}
	}
	sent := q.raw.Send(n)
	for k := range sent {
		q.stats.TxBytes += uint64(q.raw.TX[k].Len)
	}
	q.stats.TxFrames += uint64(sent)
	q.held -= sent
	for k := sent; k < n; k++ {
		q.has[q.raw.TX[k].Index] = true
	}
	return sent, sent == n
}

// packet returns how many frames the packet has that f begins with, and whether it can be sent.
func (q *Queue) packet(f []link.Frame) (k int, ok bool) {
	ok = true
	size := 0
	for more := true; more && k < len(f); k++ {
		i, held := q.holds(&f[k])
		b := f[k].Data
		again := slices.ContainsFunc(f[:k], func(g link.Frame) bool { return g.ID == f[k].ID })
		ok = ok && held && !again && len(b) > 0 && len(b) <= q.room && &b[0] == q.at[i]
		size += len(b)
		more = f[k].More
	}
	first := &f[0]
	need := link.Offloads(0)
	limit := q.limit
	if first.CsumStart != 0 {
		need |= link.TxChecksum
	}
	if first.SegmentSize != 0 || k > 1 {
		need |= link.TxSegmentation
	}
	if first.SegmentSize != 0 {
		limit = maxSegmented
	}
	const tcpHeader = 20
	return k, ok && !f[k-1].More && need&^q.dev.offloads == 0 && k <= max(1, q.dev.pieces) && size <= limit &&
		len(first.Data) >= link.EthernetHeaderLen && (first.SegmentSize == 0 || first.CsumStart != 0) &&
		(first.CsumStart == 0 || int(first.CsumStart) >= link.EthernetHeaderLen+20 && int(first.CsumStart)+tcpHeader <= len(first.Data))
}

// refuse takes the frames of a packet that cannot be sent.
func (q *Queue) refuse(f []link.Frame) {
	for k := range f {
		if i, ok := q.holds(&f[k]); ok {
			q.stats.TxInvalid++
			q.put(i)
		} else {
			q.stats.NotHeld++
		}
	}
}

// Alloc takes free frames for sending.
func (q *Queue) Alloc(f []link.Frame) (n int) {
	if q.closed {
		return 0
	}
	for n < len(f) {
		if len(q.stock) == 0 {
			if q.stock = append(q.stock, q.raw.Take(len(f)-n)...); len(q.stock) == 0 {
				break
			}
		}
		last := len(q.stock) - 1
		i := q.stock[last]
		q.stock = q.stock[:last]
		f[n] = q.hand(i, q.raw.Empty(i, q.room))
		n++
	}
	return n
}

// Free gives held frames back. Frames that are held when the device is closed may be freed after it.
func (q *Queue) Free(f []link.Frame) {
	if q.closed && len(f) > 0 {
		eal.Lock() // others look whether all have come
		defer eal.Unlock()
		defer buryDead()
	}
	for k := range f {
		i, ok := q.holds(&f[k])
		if !ok {
			q.stats.NotHeld++
			continue
		}
		q.put(i)
	}
}

// Arm reports that there is nothing to sleep on.
func (q *Queue) Arm() (fd int, ok bool) { return -1, false }
