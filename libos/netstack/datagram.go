package netstack

import (
	"net/netip"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/catamaran-os/catamaran/libos"
)

// A datagram is a UDP socket. What ICMP says of its destinations is not told: a datagram that nobody receives is lost,
// like any other.
type datagram struct {
	socket
	bound   bool
	remote  netip.AddrPort // valid when connected
	backlog backlog
}

var _ libos.Socket = (*datagram)(nil)

func (e *Engine) newDatagram(f *family) (*datagram, error) {
	wq := new(waiter.Queue)
	ep, err := e.stack.NewEndpoint(udp.ProtocolNumber, f.proto, wq)
	if err != nil {
		return nil, failure(err)
	}
	if f == familyV6 {
		ep.SocketOptions().SetV6Only(true)
	}
	s := new(datagram)
	s.attach(e, f, ep, wq, s)
	return s, nil
}

// Bind implements libos.Socket.
func (s *datagram) Bind(addr netip.AddrPort) error {
	s.e.called()
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if s.bound || s.localAddr().Port() != 0 {
		return syscall.EINVAL
	}
	if err := s.ep.Bind(local(addr)); err != nil {
		return failure(err)
	}
	s.bound = true
	return nil
}

// Listen implements libos.Socket.
func (s *datagram) Listen(int) error { return syscall.EOPNOTSUPP }

// Accept implements libos.Socket.
func (s *datagram) Accept(*libos.Op) error { return syscall.EOPNOTSUPP }

// Connect implements libos.Socket. It completes at once.
func (s *datagram) Connect(op *libos.Op, addr netip.AddrPort) error {
	s.e.called()
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if addr.Port() == 0 {
		return syscall.EINVAL
	}
	if addr.Addr().IsUnspecified() {
		op.Fail(syscall.ENETUNREACH)
		return nil
	}
	if err := s.ep.Connect(full(addr)); err != nil {
		op.Fail(failure(err))
		return nil
	}
	s.remote = addr
	op.Complete()
	return nil
}

// Push implements libos.Queue.
func (s *datagram) Push(op *libos.Op, _ libos.SGArray) error {
	if !s.remote.IsValid() {
		return syscall.EDESTADDRREQ
	}
	s.push(op)
	return nil
}

// PushTo implements libos.Socket.
func (s *datagram) PushTo(op *libos.Op, _ libos.SGArray, addr netip.AddrPort) error {
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if addr.Port() == 0 {
		return syscall.EINVAL
	}
	op.Addr = addr
	s.push(op)
	return nil
}

func (s *datagram) push(op *libos.Op) {
	s.e.called()
	s.pushes.PushBack(op)
	if s.pushes.Len() == 1 {
		s.send()
	}
}

// send writes the pending pushes, one datagram each.
func (s *datagram) send() (progress bool) {
	for op := s.pushes.Front(); op != nil; op = s.pushes.Front() {
		switch err := s.write(op); err.(type) {
		case nil:
			op.CompletePush(libos.Buffered)
		case *tcpip.ErrWouldBlock, *tcpip.ErrNoBufferSpace:
			// The socket's buffer is full, or the device pushes back: once more each round.
			s.e.again(&s.socket)
			return progress
		default:
			op.Fail(failure(err))
		}
		progress = true
	}
	return progress
}

func (s *datagram) write(op *libos.Op) tcpip.Error {
	// The stack does not tell when the device pushes back: as Linux, it takes the datagram and drops it.
	if s.e.link.Room() < min(s.e.fragments(op.SGA.Len()), s.e.cfg.MaxHeld) {
		return &tcpip.ErrNoBufferSpace{}
	}
	var to *tcpip.FullAddress
	if op.Addr.IsValid() {
		if op.Addr.Addr().IsUnspecified() {
			return &tcpip.ErrNetworkUnreachable{}
		}
		s.e.to = full(op.Addr)
		to = &s.e.to
	}
	// The first error may be what ICMP said of an earlier datagram.
	for try := 0; ; try++ {
		p := &s.e.payload
		p.set(&op.SGA, 0)
		_, err := s.ep.Write(p, tcpip.WriteOptions{To: to})
		p.clear()
		if try > 0 || !fromICMP(err) {
			return err
		}
	}
}

// fragments returns how many packets a datagram of size bytes needs at most.
func (e *Engine) fragments(size int) int {
	const headers = 48 // IPv6 and its fragment header; more than IPv4's
	return size/((e.cfg.MTU-headers)&^7) + 1
}

// fromICMP reports whether err may be what ICMP said of an earlier datagram, which the stack tells in place of a result.
func fromICMP(err tcpip.Error) bool {
	switch err.(type) {
	case *tcpip.ErrConnectionRefused, *tcpip.ErrHostUnreachable, *tcpip.ErrNetworkUnreachable, *tcpip.ErrHostDown,
		*tcpip.ErrNoNet, *tcpip.ErrNotSupported, *tcpip.ErrUnknownProtocolOption, *tcpip.ErrMessageTooLong:
		return true
	}
	return false
}

// Pop implements libos.Queue.
func (s *datagram) Pop(op *libos.Op) error {
	s.e.called()
	s.pops.PushBack(op)
	if s.pops.Len() == 1 {
		s.receive()
	}
	return nil
}

// receive completes pops with the datagrams that have arrived.
func (s *datagram) receive() (progress bool) {
	for op := s.pops.Front(); op != nil; op = s.pops.Front() {
		kept := s.backlog.len() > 0
		var size int
		if kept {
			size = s.backlog.oldest()
		} else {
			size = s.next()
		}
		var sga libos.SGArray
		var seg libos.Segment
		if size > 0 {
			var noMemory error
			if seg, noMemory = s.e.mem.Alloc(size); noMemory != nil {
				s.e.again(&s.socket)
				return progress
			}
			sga = libos.One(seg)
		}
		if kept {
			op.CompletePop(sga, s.backlog.take(seg.Data))
			progress = true
			continue
		}
		from, err := s.read(seg.Data)
		switch {
		case err == nil:
			op.CompletePop(sga, from)
			progress = true
			continue
		case size > 0:
			_ = s.e.mem.Release(seg.Handle) // ours, so that it cannot fail
		}
		if _, wait := err.(*tcpip.ErrWouldBlock); wait {
			return progress
		}
		if !fromICMP(err) {
			op.Fail(failure(err))
			progress = true
		}
	}
	return progress
}

// advance implements implementation.
func (s *datagram) advance() (progress bool) {
	if s.gone {
		return false
	}
	sent := s.send()
	received := s.receive()
	s.drain()
	return received || sent
}

// Cancel implements libos.Queue.
func (s *datagram) Cancel(op *libos.Op) { op.Fail(syscall.ECANCELED) }

// Shutdown implements libos.Socket.
func (s *datagram) Shutdown(int) error { return syscall.EOPNOTSUPP }

// Close implements libos.Queue.
func (s *datagram) Close(op *libos.Op) error {
	s.e.called()
	libos.FailAll(syscall.ECANCELED, &s.pushes, &s.pops)
	s.detach()
	op.Complete()
	return nil
}

// abort implements implementation.
func (s *datagram) abort() {
	libos.FailAll(syscall.ECANCELED, &s.pushes, &s.pops)
	s.detach()
}

// LocalAddr implements libos.Socket.
func (s *datagram) LocalAddr() (netip.AddrPort, error) { return s.localAddr(), nil }

// RemoteAddr implements libos.Socket.
func (s *datagram) RemoteAddr() (netip.AddrPort, error) {
	if !s.remote.IsValid() {
		return netip.AddrPort{}, syscall.ENOTCONN
	}
	return s.remote, nil
}

// SetOption implements libos.Socket.
func (s *datagram) SetOption(opt libos.Option, value int) error {
	s.e.called()
	switch opt {
	case libos.OptSendBuffer, libos.OptReceiveBuffer:
		return s.setBuffer(opt, value)
	}
	return syscall.ENOPROTOOPT
}
