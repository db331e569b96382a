package endpoint

import (
	"errors"
	"net"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
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

// WriteFrame stages a frame with a TCP segment that is complete, in two parts, as WritePackets would: head ends with the TCP
// header, and has no IP options or extension headers. It reports false, and has not taken it, if it would have to be held.
func (e *Endpoint) WriteFrame(head, body []byte) bool {
	if len(head)+len(body) > int(e.mtu.Load())+link.EthernetHeaderLen || !e.tx.writeFrame(head, body) {
		return false
	}
	if !e.dirty.Load() {
		e.dirty.Store(true)
	}
	if e.wrote != nil {
		e.wrote()
	}
	return true
}

func (s *staging) writeFrame(head, body []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.spare) - 1
	if s.closed || last < 0 || s.held.len() > 0 {
		return false
	}
	f := s.spare[last]
	f.Data = f.Data[:len(head)+len(body)]
	f.More, f.CsumStart, f.SegmentSize = false, 0, 0
	copy(f.Data[copy(f.Data, head):], body)
	ip, tcp := head[link.EthernetHeaderLen:], header.IPv4MinimumSize
	if ip[0]>>4 == 6 {
		tcp = header.IPv6MinimumSize
	}
	s.acks.sent(ip, ip[tcp:])
	s.staged = append(s.staged, f)
	s.spare = s.spare[:last]
	return true
}

func (s *staging) write(pkts []*stack.PacketBuffer, limit int) (n int, err tcpip.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pkt := range pkts {
		if s.closed {
			s.stats.TxClosed++
			return n, &tcpip.ErrClosedForSend{}
		}
		j, err := newJob(pkt, limit)
		if err != nil {
			s.stats.TxTooLong++
			return n, err
		}
		several := j.frames > 1
		if s.pieces > 0 && several && len(s.spare) > 0 {
			j.leave(cap(s.spare[0].Data), s.pieces)
		}
		if s.held.len() == 0 {
			s.stage(&j)
		}
		if j.frames > 0 {
			if !s.held.push(j) {
				s.stats.TxNoBuffer++
				return n, &tcpip.ErrNoBufferSpace{}
			}
			s.stats.TxHeld++
		}
		if several {
			s.stats.TxSegmented++
		}
		n++
	}
	return n, nil
}

// stage copies a packet into spare frames, as far as there are any.
func (s *staging) stage(j *job) {
	if len(s.spare) == 0 {
		return
	}
	if j.whole && len(s.spare) < j.frames {
		return
	}
	n := 1
	take := s.spare[max(0, len(s.spare)-j.frames):]
	switch {
	case j.whole:
		n = j.frames
		j.uncut(take, s.acks)
	case j.piece == 0:
		j.one(&take[0], s.acks, s.checksum)
	default:
		n = j.cut(take, &s.head, s.acks)
	}
	s.staged = append(s.staged, take[:n]...)
	s.spare = s.spare[:len(s.spare)-n]
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
		e.stats.TxFrames += uint64(n)
		e.stats.TxBursts.count(n)
		if err != nil {
			e.stats.TxErrors++
		}
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
		j := s.held.oldest()
		before := j.frames
		if s.stage(j); j.frames == before {
			if len(s.staged) > 0 {
				break // there are not enough for it yet
			}
			// There may never be.
			j.cutHere()
			s.held.frames += j.frames - before
			continue
		}
		s.held.frames -= before - j.frames
		if j.frames == 0 {
			s.held.drop()
		}
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
	room := s.held.room()
	if s.held.len() == 0 {
		room += len(s.spare)
	}
	return room
}

func (s *staging) close(q link.Queue, lost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.stats.TxClosed += uint64(lost + len(s.staged) + s.held.frames)
	q.Free(s.spare)
	q.Free(s.staged)
	s.spare, s.staged = nil, nil
	for s.held.len() > 0 {
		s.held.drop()
	}
}

func (s *staging) addTo(t *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.TxNoBuffer, t.TxTooLong, t.TxClosed = s.stats.TxNoBuffer, s.stats.TxTooLong, s.stats.TxClosed
	t.TxHeld, t.TxSegmented = s.stats.TxHeld, s.stats.TxSegmented
	t.Held, t.Staged = s.held.frames, len(s.staged)
}
