package netstack

import (
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/waiter"
)

// A backlog keeps the datagrams that no pop has asked for yet. The stack's own queue counts nothing but payload, so that
// empty datagrams would fill it without end, and short ones with hundreds of times its bound. Here each has a price.
//
// Both slices are used from a first element on that moves up, and are moved down instead of growing when half of them is
// free: nothing is allocated once they have their size, and moving costs no more than filling did.
type backlog struct {
	entries []waiting
	first   int    // of entries: the oldest that is kept
	data    []byte // of all entries, in order
	begin   int    // of data: where the oldest begins
	cost    int
}

type waiting struct {
	from netip.AddrPort
	size int
}

// price is what a datagram counts for beside its payload, in bytes: more than its entry.
const price = 64

func (b *backlog) len() int { return len(b.entries) - b.first }

// room returns where the payload of a datagram may be written before it is added. It reports false at the limit.
func (b *backlog) room(size, limit int) (p []byte, ok bool) {
	if b.cost >= limit {
		return nil, false
	}
	used := len(b.data)
	if used+size > cap(b.data) && b.begin >= used/2 {
		used = copy(b.data, b.data[b.begin:])
		b.begin = 0
	}
	b.data = append(b.data[:used], make([]byte, size)...)
	p, b.data = b.data[used:], b.data[:used]
	return p, true
}

// add keeps a datagram whose payload was written to what room returned.
func (b *backlog) add(size int, from netip.AddrPort) {
	if len(b.entries) == cap(b.entries) && b.first >= len(b.entries)/2 {
		b.entries = b.entries[:copy(b.entries, b.entries[b.first:])]
		b.first = 0
	}
	b.entries = append(b.entries, waiting{from, size})
	b.data = b.data[:len(b.data)+size]
	b.cost += size + price
}

// oldest returns the size of the oldest datagram; there must be one.
func (b *backlog) oldest() int { return b.entries[b.first].size }

// take copies the oldest datagram to p, which has its size, and forgets it.
func (b *backlog) take(p []byte) (from netip.AddrPort) {
	e := b.entries[b.first]
	b.first++
	b.begin += copy(p, b.data[b.begin:b.begin+e.size])
	b.cost -= e.size + price
	if b.len() == 0 {
		b.entries, b.data = b.entries[:0], b.data[:0]
		b.first, b.begin = 0, 0
	}
	return e.from
}

// next returns the size of the first datagram in the stack's queue; 0 if there is none or it is empty.
func (s *datagram) next() int {
	size, err := s.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
	if err != nil {
		return 0
	}
	return size
}

// read takes the first datagram from the stack's queue into p, which has its size.
func (s *datagram) read(p []byte) (netip.AddrPort, tcpip.Error) {
	w := &s.e.writer
	w.room = p
	res, err := s.ep.Read(w, tcpip.ReadOptions{NeedRemoteAddr: true})
	*w = writer{}
	if err != nil {
		return netip.AddrPort{}, err
	}
	return s.f.addrPort(res.RemoteAddr), nil
}

// drain empties the stack's queue into the backlog, and drops what is over the socket's receive buffer.
func (s *datagram) drain() {
	for s.ep.Readiness(waiter.ReadableEvents)&waiter.ReadableEvents != 0 {
		size := s.next()
		room, ok := s.backlog.room(size, int(s.ep.SocketOptions().GetReceiveBufferSize()))
		var from netip.AddrPort
		var err tcpip.Error
		if ok {
			from, err = s.read(room)
		} else {
			_, err = s.ep.Read(sink{}, tcpip.ReadOptions{})
		}
		switch {
		case err != nil && !fromICMP(err):
			return // the socket's state, which the next pop is told
		case err != nil:
		case ok:
			s.backlog.add(size, from)
		default:
			s.e.overflow++
		}
	}
}
