package endpoint

import (
	"errors"
	"net"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/catamaran-os/catamaran/link"
)

// WritePackets implements stack.LinkEndpoint. Packets go out with the next Flush. It may be called from any goroutine.
func (e *Endpoint) WritePackets(pkts stack.PacketBufferList) (int, tcpip.Error) {
	return e.write(pkts.AsSlice())
}

// WritePacket implements stack.QueueingDiscipline, without a queue before the endpoint and without the list that the
// stack's own discipline allocates for each packet.
func (e *Endpoint) WritePacket(pkt *stack.PacketBuffer) tcpip.Error {
	one := [1]*stack.PacketBuffer{pkt}
	_, err := e.write(one[:])
	return err
}

func (e *Endpoint) write(pkts []*stack.PacketBuffer) (int, tcpip.Error) {
	n, err := e.tx.write(pkts, int(e.mtu.Load())+link.EthernetHeaderLen)
	if n > 0 {
		if !e.dirty.Load() {
			e.dirty.Store(true)
		}
		if e.wrote != nil {
			e.wrote()
		}
	}
	return n, err
}

func (s *staging) write(pkts []*stack.PacketBuffer, limit int) (n int, err tcpip.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pkt := range pkts {
		size := pkt.Size()
		switch {
		case s.closed:
			s.stats.TxClosed++
			return n, &tcpip.ErrClosedForSend{}
		case size > limit:
			s.stats.TxTooLong++
			return n, &tcpip.ErrMessageTooLong{}
		case s.held.len() == 0 && len(s.spare) > 0:
			s.stage(pkt)
		case s.held.push(pkt):
			s.stats.TxHeld++
		default:
			s.stats.TxNoBuffer++
			return n, &tcpip.ErrNoBufferSpace{}
		}
		n++
	}
	return n, nil
}

// stage copies pkt into a spare frame.
func (s *staging) stage(pkt *stack.PacketBuffer) {
	last := len(s.spare) - 1
	f := s.spare[last]
	s.spare = s.spare[:last]
	room := f.Data[:cap(f.Data)]
	views, skip := pkt.AsViewList()
	n := 0
	for v := views.Front(); v != nil; v = v.Next() {
		b := v.AsSlice()
		if skip >= len(b) {
			skip -= len(b)
			continue
		}
		n += copy(room[n:], b[skip:])
		skip = 0
	}
	f.Data = room[:n]
	s.staged = append(s.staged, f)
}

// Flush gives everything that is staged to the device and returns how many frames it took.
func (e *Endpoint) Flush() (sent int) {
	for len(e.out) > 0 || e.dirty.Load() {
		if len(e.out) == 0 {
			e.dirty.Store(false) // before looking: what is staged from now on sets it again
			var more bool
			if e.out, more = e.tx.collect(e.q, e.out); more {
				e.dirty.Store(true)
			}
			if len(e.out) == 0 {
				return sent // no frame could be had for what is held
			}
		}
		n, err := e.q.TxBurst(e.out)
		sent += n
		e.tx.sent(n, err)
		e.out = e.out[:copy(e.out, e.out[n:])]
		if errors.Is(err, net.ErrClosed) {
			e.Close()
			return sent
		}
		if len(e.out) > 0 {
			return sent
		}
	}
	return sent
}

// collect moves what is staged, and what is held as far as there are frames, to out, which is empty. It reports whether
// something is held still.
func (s *staging) collect(q link.Queue, out []link.Frame) (_ []link.Frame, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.len() > 0 || len(s.spare) < s.limit/2 {
		s.refill(q)
	}
	for s.held.len() > 0 && len(s.spare) > 0 {
		pkt := s.held.pop()
		s.stage(pkt)
		pkt.DecRef()
	}
	out, s.staged = s.staged, out
	return out, s.held.len() > 0
}

// refill allocates spare frames. The owner calls it.
func (s *staging) refill(q link.Queue) {
	n := len(s.spare)
	n += q.Alloc(s.spare[n:s.limit])
	s.spare = s.spare[:n]
}

func (s *staging) init(spare, held int) {
	s.limit = spare
	s.spare = make([]link.Frame, 0, spare)
	s.staged = make([]link.Frame, 0, spare)
	s.held.limit = held
}

func (s *staging) room() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := s.held.limit - s.held.len()
	if s.held.len() == 0 {
		room += len(s.spare)
	}
	return room
}

func (s *staging) sent(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.TxFrames += uint64(n)
	if err != nil {
		s.stats.TxErrors++
	}
}

func (s *staging) close(q link.Queue, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.stats.TxClosed += uint64(lost + len(s.staged) + s.held.len())
	q.Free(s.spare)
	q.Free(s.staged)
	s.spare, s.staged = nil, nil
	for s.held.len() > 0 {
		s.held.pop().DecRef()
	}
}

func (s *staging) addTo(t *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.TxFrames, t.TxNoBuffer, t.TxTooLong, t.TxClosed = s.stats.TxFrames, s.stats.TxNoBuffer, s.stats.TxTooLong, s.stats.TxClosed
	t.TxErrors, t.TxHeld = s.stats.TxErrors, s.stats.TxHeld
	t.Held, t.Staged = s.held.len(), len(s.staged)
}

// A packetQueue is a bounded FIFO of packets, with one reference each.
type packetQueue struct {
	ring       []*stack.PacketBuffer // length is a power of two
	head, tail uint                  // never wrapped
	limit      int
}

func (p *packetQueue) len() int { return int(p.tail - p.head) }

// push reports false when the queue is full.
func (p *packetQueue) push(pkt *stack.PacketBuffer) bool {
	n := p.len()
	if n >= p.limit {
		return false
	}
	if n == len(p.ring) {
		ring := make([]*stack.PacketBuffer, max(64, 2*n))
		for i := range n {
			ring[i] = p.ring[(p.head+uint(i))%uint(len(p.ring))]
		}
		p.ring, p.head, p.tail = ring, 0, uint(n)
	}
	pkt.IncRef()
	p.ring[p.tail%uint(len(p.ring))] = pkt
	p.tail++
	return true
}

// pop hands over the oldest packet and its reference; there must be one.
func (p *packetQueue) pop() *stack.PacketBuffer {
	slot := &p.ring[p.head%uint(len(p.ring))]
	pkt := *slot
	*slot = nil
	p.head++
	return pkt
}
