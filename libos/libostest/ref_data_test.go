package libostest

import (
	"net/netip"
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

func (s *refSock) Push(op *libos.Op, sga libos.SGArray) error {
	if s.typ == dgram {
		if s.state != libos.SockConnected {
			return syscall.EDESTADDRREQ
		}
		return s.PushTo(op, sga, s.remote)
	}
	if err := s.state.DataErr(); err != nil {
		return err
	}
	s.pushes.PushBack(op)
	s.pump()
	return nil
}

func (s *refSock) PushTo(op *libos.Op, sga libos.SGArray, a netip.AddrPort) error {
	if s.typ == stream {
		if s.state == libos.SockConnected {
			return syscall.EISCONN
		}
		return syscall.ENOTCONN
	}
	if err := s.family(a); err != nil {
		return err
	}
	if a.Port() == 0 {
		return syscall.EINVAL
	}
	if sga.Len() > 65507 {
		return syscall.EMSGSIZE
	}
	s.autoBind()
	to := s.g.net.find(dgram, a)
	if to != nil && (!to.remote.IsValid() || to.remote == s.local || s.g.net.faults.promiscuous) && len(to.dgrams) < 4096 {
		data := append([]byte(nil), sga.Flat()...)
		s.g.net.faults.damage(&data)
		from := s.local
		if from.Addr().IsUnspecified() {
			from = netip.AddrPortFrom(s.g.addrs.of(s.v6), from.Port())
		}
		if s.g.net.faults.wrongSource {
			from = a
		}
		to.dgrams = append(to.dgrams, refDatagram{data, from})
		to.g.moved = true
		to.deliver()
	}
	op.CompletePush(libos.Sent)
	return nil
}

// pump moves what is pushed into the peer's buffer.
func (s *refSock) pump() {
	f := &s.g.net.faults
	for op := s.pushes.Front(); op != nil; op = s.pushes.Front() {
		switch {
		case s.shutW:
			op.Fail(syscall.EPIPE)
			continue
		case s.gone != nil:
			op.Fail(s.gone)
			continue
		case s.peer == nil:
			op.Fail(syscall.EPIPE)
			continue
		}
		if f.stuck > 0 && op.Off >= f.stuck {
			return
		}
		skip := op.Off
		for i := range op.SGA.NumSegs() {
			data := op.SGA.Seg(i).Data
			if skip >= len(data) {
				skip -= len(data)
				continue
			}
			n := min(len(data)-skip, refBuffer-len(s.peer.in))
			chunk := append([]byte(nil), data[skip:skip+n]...)
			f.damage(&chunk)
			s.peer.in = append(s.peer.in, chunk...)
			op.Off += n
			if n > 0 {
				s.g.moved, s.peer.g.moved = true, true
			}
			if skip += n; skip < len(data) {
				break
			}
			skip = 0
		}
		s.peer.deliver()
		if op.Off < op.SGA.Len() {
			if len(s.peer.in) < refBuffer {
				continue
			}
			return
		}
		op.CompletePush(libos.Buffered)
	}
	if s.shutW && s.peer != nil && !f.noFin {
		s.peer.eof = true
		s.peer.deliver()
	}
}

func (s *refSock) Pop(op *libos.Op) error {
	if s.typ == stream {
		if err := s.state.DataErr(); err != nil {
			return err
		}
	}
	s.pops.PushBack(op)
	s.deliver()
	if s.peer != nil {
		s.peer.pump()
	}
	return nil
}

// deliver completes pops.
func (s *refSock) deliver() {
	for op := s.pops.Front(); op != nil; op = s.pops.Front() {
		switch {
		case len(s.in) > 0:
			n := min(len(s.in), 64<<10)
			if s.g.net.faults.boundary > 0 {
				n = min(n, s.g.net.faults.boundary)
			}
			seg, err := s.g.rt.Memory().Alloc(n)
			if err != nil {
				return
			}
			copy(seg.Data, s.in)
			s.in = s.in[n:]
			s.g.moved = true
			op.CompletePop(libos.One(seg), netip.AddrPort{})
		case len(s.dgrams) > 0:
			d := s.dgrams[0]
			seg, err := s.g.rt.Memory().Alloc(max(1, len(d.data)))
			if err != nil {
				return
			}
			seg.Data = seg.Data[:copy(seg.Data, d.data)]
			s.dgrams = s.dgrams[1:]
			s.g.moved = true
			op.CompletePop(libos.One(seg), d.from)
		case s.gone != nil:
			op.Fail(s.gone)
		case s.eof || s.shutR:
			op.CompletePop(libos.SGArray{}, netip.AddrPort{})
		default:
			return
		}
	}
}

func (s *refSock) Shutdown(how int) error {
	if s.typ == dgram {
		return syscall.EOPNOTSUPP
	}
	if err := s.state.DataErr(); err != nil {
		return err
	}
	if how != syscall.SHUT_WR {
		s.shutR = true
		s.deliver()
	}
	if how != syscall.SHUT_RD {
		s.finish()
	}
	return nil
}

// finish sends the end of the stream after what is pending.
func (s *refSock) finish() {
	if s.pushes.Len() > 0 {
		// Small as it is, this network takes what is pending at once.
		for op := s.pushes.Front(); op != nil && s.peer != nil; op = s.pushes.Front() {
			s.peer.in = append(s.peer.in, op.SGA.Flat()[op.Off:]...)
			op.CompletePush(libos.Buffered)
		}
	}
	s.shutW = true
	if s.peer != nil && !s.g.net.faults.noFin {
		s.peer.eof = true
		s.peer.g.moved = true
		s.peer.deliver()
	}
}

func (s *refSock) Close(op *libos.Op) error {
	f := &s.g.net.faults
	if f.forgetOnClose {
		op.Complete()
		return nil
	}
	if f.closeEOF {
		s.eof = true
		s.deliver()
	}
	lists := []*libos.OpList{&s.accepts, &s.connects, &s.pops, &s.pushes}
	if f.closeByKind {
		for _, l := range lists {
			libos.FailAll(syscall.ECANCELED, l)
		}
	}
	libos.FailAll(syscall.ECANCELED, lists...)
	if f.dropUnread && s.peer != nil {
		s.peer.in = nil
	}
	s.end(nil)
	op.Complete()
	return nil
}

// end takes the socket out of the network. why is what the peer sees: nil for the end of the stream.
func (s *refSock) end(why error) {
	libos.FailAll(syscall.ECANCELED, &s.accepts, &s.connects, &s.pops, &s.pushes)
	delete(s.g.socks, s)
	if s.bound && !s.g.net.faults.keepPorts {
		delete(s.g.net.socks, refKey{s.typ, s.local})
	}
	for _, c := range s.backlog {
		c.end(syscall.ECONNRESET)
	}
	s.backlog = nil
	if p := s.peer; p != nil {
		s.peer, p.peer = nil, nil
		if s.linger0 && !s.g.net.faults.noReset || why != nil {
			p.gone, p.in = syscall.ECONNRESET, nil
		}
		p.eof = !s.g.net.faults.noFin
		p.g.moved = true
		p.deliver()
		p.pump()
	}
}

func (s *refSock) Cancel(op *libos.Op) {
	if s.g.net.faults.cancelTakes && op.Opcode() == libos.OpPop && len(s.in) == 0 && s.peer != nil {
		s.g.net.faults.swallow = true // the next data goes to the cancelled pop, that is, nowhere
	}
	if s.g.net.faults.noCancel {
		return
	}
	if op.Opcode() == libos.OpConnect {
		s.state = libos.SockFailed
	}
	op.Fail(syscall.ECANCELED)
}

func (s *refSock) LocalAddr() (netip.AddrPort, error) {
	if !s.local.IsValid() {
		if s.v6 {
			return netip.AddrPortFrom(netip.IPv6Unspecified(), 0), nil
		}
		return netip.AddrPortFrom(netip.IPv4Unspecified(), 0), nil
	}
	return s.local, nil
}

func (s *refSock) RemoteAddr() (netip.AddrPort, error) {
	if s.state != libos.SockConnected {
		return netip.AddrPort{}, syscall.ENOTCONN
	}
	return s.remote, nil
}

func (s *refSock) SetOption(opt libos.Option, value int) error {
	low, high := 0, 1<<30
	switch opt {
	case libos.OptNoDelay:
		high = 1
	case libos.OptKeepAlive:
	case libos.OptLinger:
		low, high = -1, 0
	case libos.OptSendBuffer, libos.OptReceiveBuffer:
		low = 1
	default:
		return syscall.ENOPROTOOPT
	}
	if value < low || value > high {
		return syscall.EINVAL
	}
	if opt == libos.OptLinger {
		s.linger0 = value == 0
	}
	return nil
}
