package pipe

import (
	"slices"

	"github.com/catamaran-os/catamaran/link"
)

const (
	offloads = link.TxChecksum | link.TxSegmentation
	// pieces is the most frames of a packet, where the pipe has offloads and so long a ring: a segment of 64 KiB at an MTU of
	// 1500, and a half.
	pieces = 64
	// maxSegmented is the longest packet that can be left uncut, in bytes: IP has 16 bits for it.
	maxSegmented = 0xffff + link.EthernetHeaderLen
)

// frames returns how many frames the packet has that f begins with.
func frames(f []link.Frame) int {
	for k := range f {
		if !f[k].More {
			return k + 1
		}
	}
	return len(f)
}

// packet tells whether the frames are a packet that can be sent.
func (q *queue) packet(f []link.Frame) bool {
	size := 0
	for k := range f {
		i, held := q.holds(&f[k])
		b := f[k].Data
		if !held || len(b) == 0 || len(b) > q.room || &b[0] != &q.memory[int(i)*q.room] ||
			slices.ContainsFunc(f[:k], func(g link.Frame) bool { return g.ID == f[k].ID }) {
			return false
		}
		size += len(b)
	}
	first := &f[0]
	if !q.offload {
		return len(f) == 1 && !first.More && first.CsumStart == 0 && first.SegmentSize == 0 && size <= q.limit
	}
	limit := q.limit
	if first.SegmentSize != 0 {
		limit = maxSegmented
	}
	return len(f) <= q.dev.info.Pieces && !f[len(f)-1].More && size <= limit && (first.SegmentSize == 0 || first.CsumStart != 0) &&
		int(first.CsumStart) < len(first.Data)
}

// refuse takes the frames of a packet that cannot be sent. They are free, unless the caller did not hold them.
func (q *queue) refuse(f []link.Frame) {
	for k := range f {
		if i, ok := q.holds(&f[k]); ok {
			q.stats.TxInvalid++
			q.takeBack(i)
		} else {
			q.stats.NotHeld++
		}
	}
}

// following returns how many frames follow e, which is the next in the RX ring, in its packet. They are published with it.
func (q *queue) following(e entry) (n int) {
	for e.more {
		n++
		e = q.rx.at(n)
	}
	return n
}
