package netstack

import (
	"errors"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/libos"
)

// lookEvery is how long a runtime sleeps at most before it looks whether the device is still there: an interface that is
// removed wakes nobody who waits for its AF_XDP socket (xsk_poll in net/xdp/xsk.c then reports no event).
const lookEvery = time.Second

// look keeps what an error of the device means. Others come and go with its state, and are counted.
func (e *Engine) look(err error) {
	if errors.Is(err, syscall.ENXIO) {
		e.lost = true
	}
}

// lose fails what is pending on all sockets with ENODEV: the device is gone for good.
func (e *Engine) lose() (progress bool) {
	for s := range e.sockets {
		if s.impl.lose(syscall.ENODEV) {
			progress = true
		}
	}
	return progress
}

// lose implements implementation. A close ends the connection, which cannot be told to the peer.
func (s *stream) lose(err error) (progress bool) {
	progress = s.accepts.Len()+s.pushes.Len()+s.pops.Len() > 0
	libos.FailAll(err, &s.accepts, &s.pushes, &s.pops)
	if s.connects.Len() > 0 {
		s.ep.Abort()
		s.refuse(err)
		progress = true
	}
	if s.closing {
		op := s.closes.Front()
		s.ep.Abort()
		s.finish()
		if op != nil {
			op.Fail(err)
		}
		progress = true
	}
	return progress
}

// lose implements implementation.
func (s *datagram) lose(err error) (progress bool) {
	progress = s.pushes.Len()+s.pops.Len() > 0
	libos.FailAll(err, &s.pushes, &s.pops)
	return progress
}
