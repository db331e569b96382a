package netstack

import (
	"errors"
	"net/netip"
	"syscall"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/catamaran-os/catamaran/libos"
)

// Push implements libos.Queue.
func (s *stream) Push(op *libos.Op, _ libos.SGArray) error {
	s.e.called()
	if err := s.state.DataErr(); err != nil {
		return err
	}
	if s.noPush {
		op.Fail(syscall.EPIPE)
		return nil
	}
	s.pushes.PushBack(op)
	if s.pushes.Len() == 1 {
		s.send()
	}
	return nil
}

// PushTo implements libos.Socket.
func (s *stream) PushTo(op *libos.Op, sga libos.SGArray, addr netip.AddrPort) error {
	if err := s.f.check(addr.Addr()); err != nil {
		return err
	}
	if s.state == libos.SockConnected {
		return syscall.EISCONN
	}
	return syscall.ENOTCONN
}

// maxDirect is the most that may fit into one segment.
const maxDirect = 9000

// minWatched is about how much data goes out in more than one segment, so that the loss of the last shows in time.
const minWatched = 1024

// send writes as much of the pending pushes as the send buffer takes.
func (s *stream) send() (progress bool) {
	for op := s.pushes.Front(); op != nil; op = s.pushes.Front() {
		p := &s.e.payload
		p.set(&op.SGA, op.Off)
		if p.Len() <= maxDirect && s.e.tcp != nil && s.e.tcp.Send(s.flow, p) {
			p.clear()
			progress = true
			op.CompletePush(libos.Buffered)
			continue
		}
		p.set(&op.SGA, op.Off)
		// Atomic: the stack may read the payload with its locks held, since that does not block. It writes what there
		// is room for, as always.
		n, err := s.ep.Write(p, tcpip.WriteOptions{Atomic: true})
		p.clear()
		if n > 0 {
			op.Off += int(n)
			progress = true
			if n > minWatched && s.e.tcp != nil {
				s.e.tcp.Sent(s.flow)
			}
		}
		switch err.(type) {
		case nil:
			if op.Off == op.SGA.Len() {
				op.CompletePush(libos.Buffered)
			} else if n == 0 {
				return progress
			}
		case *tcpip.ErrWouldBlock:
			return progress
		default:
			s.ended(err)
			if s.err != nil {
				op.Fail(s.err)
			} else {
				op.Fail(syscall.EPIPE)
			}
			progress = true
		}
	}
	if s.noPush && !s.finned {
		s.fin()
	}
	return progress
}

// fin tells the stack that no more data comes. An error says that the connection has ended: there is nobody to tell.
func (s *stream) fin() {
	s.finned = true
	_ = s.ep.Shutdown(tcpip.ShutdownWrite)
}

// Pop implements libos.Queue.
func (s *stream) Pop(op *libos.Op) error {
	s.e.called()
	if err := s.state.DataErr(); err != nil {
		return err
	}
	s.pops.PushBack(op)
	if s.pops.Len() == 1 {
		s.receive()
	}
	return nil
}

// receive completes pops with what has arrived.
func (s *stream) receive() (progress bool) {
	if s.noPop {
		s.discard()
	}
	for op := s.pops.Front(); op != nil; op = s.pops.Front() {
		if s.noPop {
			op.CompletePop(libos.SGArray{}, netip.AddrPort{})
			progress = true
			continue
		}
		seg, err := s.read()
		switch {
		case err == nil:
			op.CompletePop(libos.One(seg), netip.AddrPort{})
		case errors.Is(err, errEnd):
			op.CompletePop(libos.SGArray{}, netip.AddrPort{})
		case errors.Is(err, errWait):
			return progress
		case errors.Is(err, syscall.ENOMEM):
			s.e.again(&s.socket)
			return progress
		default:
			op.Fail(err)
		}
		progress = true
	}
	return progress
}

var (
	errWait = errors.New("nothing has arrived")
	errEnd  = errors.New("end of stream")
)

// read takes what has arrived into memory of just that size. Nothing is taken unless there is memory.
func (s *stream) read() (libos.Segment, error) {
	if s.flow.Idle() {
		return libos.Segment{}, errWait
	}
	w := &s.e.writer
	for {
		n, err := s.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
		if err != nil || n == 0 {
			// No room: this only asks what the matter is.
			*w = writer{}
			switch _, err := s.ep.Read(w, tcpip.ReadOptions{}); err.(type) {
			case nil, *tcpip.ErrBadBuffer:
				continue // something has arrived in between
			case *tcpip.ErrWouldBlock:
				return libos.Segment{}, errWait
			default:
				s.ended(err)
				if s.err != nil {
					return libos.Segment{}, s.err
				}
				return libos.Segment{}, errEnd
			}
		}
		seg, noMemory := s.e.mem.Alloc(min(n, maxPop))
		if noMemory != nil {
			return libos.Segment{}, noMemory
		}
		w.room = seg.Data
		res, err := s.ep.Read(w, tcpip.ReadOptions{})
		*w = writer{}
		if err != nil || res.Count == 0 {
			// The connection died in between: look again. The memory is ours, so that Release cannot fail.
			_ = s.e.mem.Release(seg.Handle)
			continue
		}
		s.ep.ModerateRecvBuf(res.Count)
		seg.Data = seg.Data[:res.Count]
		return seg, nil
	}
}

// Room implements inline.Receiver: data goes straight to the first of the pops.
func (s *stream) Room(n int) []byte {
	if s.pops.Len() == 0 || s.noPop || n > maxPop {
		return nil
	}
	seg, err := s.e.mem.Alloc(n)
	if err != nil {
		return nil
	}
	s.room = seg
	return seg.Data
}

// Received implements inline.Receiver.
func (s *stream) Received() {
	s.pops.Front().CompletePop(libos.One(s.room), netip.AddrPort{})
	s.room = libos.Segment{}
}

// discard throws away what has arrived, so that a window that nobody reads does not close.
func (s *stream) discard() {
	for {
		n, err := s.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
		if err != nil || n == 0 {
			return
		}
		if res, err := s.ep.Read(sink{}, tcpip.ReadOptions{}); err != nil || res.Count == 0 {
			return
		}
	}
}

type sink struct{}

func (sink) Write(b []byte) (int, error) { return len(b), nil }

// Shutdown implements libos.Socket. The receiving side is shut here, not in the stack, which would answer data that comes
// later with RST.
func (s *stream) Shutdown(how int) error {
	s.e.called()
	if err := s.state.DataErr(); err != nil {
		return err
	}
	if how == syscall.SHUT_RD || how == syscall.SHUT_RDWR {
		s.noPop = true
		s.receive()
	}
	if how == syscall.SHUT_WR || how == syscall.SHUT_RDWR {
		s.noPush = true
		s.send()
	}
	return nil
}
