package pipe

import (
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// An event wraps eventfd(2).
type event struct {
	fd  atomic.Int64 // descriptor + 1; 0 before it is created and after it is closed
	buf [8]byte      // the owner's, for reset
}

// eventOne is any value that eventfd takes; which, does not matter.
var eventOne = []byte{1, 1, 1, 1, 0, 0, 0, 0}

// reset returns the descriptor, not readable. It creates it if there is none.
func (e *event) reset() (fd int, err error) {
	fd = int(e.fd.Load()) - 1
	if fd < 0 {
		fd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		if err != nil {
			return -1, os.NewSyscallError("eventfd", err)
		}
		e.fd.Store(int64(fd) + 1)
		return fd, nil
	}
	if _, err = unix.Read(fd, e.buf[:]); err != nil && err != unix.EAGAIN {
		return -1, os.NewSyscallError("read", err)
	}
	return fd, nil
}

// set makes the descriptor readable. EAGAIN says that its counter is full, so it is readable already.
func (e *event) set() error {
	fd := int(e.fd.Load()) - 1
	if fd < 0 {
		return nil
	}
	if _, err := unix.Write(fd, eventOne); err != nil && err != unix.EAGAIN {
		return os.NewSyscallError("write", err)
	}
	return nil
}

func (e *event) close() {
	if fd := int(e.fd.Swap(0)) - 1; fd >= 0 {
		// The descriptor is gone whatever close(2) says, and an eventfd has nothing to write back.
		_ = unix.Close(fd)
	}
}
