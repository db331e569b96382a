package netstack

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A waker is the descriptor that a sleeping runtime waits on: an epoll instance (epoll(7)) over the device's descriptor
// and an eventfd (eventfd(2)) that goroutines of the stack write. It is written only while the engine is armed.
type waker struct {
	epoll  int
	event  int
	device int         // registered descriptor of the device, -1 for none
	slept  bool        // the owner's: armed since the last disarm
	armed  atomic.Bool // set by the owner, cleared by the owner or by whoever wakes it
}

func (w *waker) open() error {
	w.epoll, w.event, w.device = -1, -1, -1
	var err error
	if w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	if w.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return errors.Join(fmt.Errorf("eventfd2: %w", err), w.close())
	}
	if err := w.add(w.event); err != nil {
		return errors.Join(err, w.close())
	}
	return nil
}

func (w *waker) add(fd int) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

func (w *waker) close() error {
	w.armed.Store(false)
	var errs []error
	for _, fd := range []*int{&w.event, &w.epoll} {
		if *fd >= 0 {
			errs = append(errs, unix.Close(*fd))
			*fd = -1
		}
	}
	return errors.Join(errs...)
}

// watch makes fd the device's descriptor.
func (w *waker) watch(fd int) error {
	if fd == w.device {
		return nil
	}
	if w.device >= 0 {
		// A device that closed its old descriptor has taken it out by that.
		err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_DEL, w.device, nil)
		w.device = -1
		if err != nil && err != unix.EBADF && err != unix.ENOENT {
			return fmt.Errorf("epoll_ctl: %w", err)
		}
	}
	if err := w.add(fd); err != nil {
		return err
	}
	w.device = fd
	return nil
}

func (w *waker) arm() {
	w.slept = true
	w.armed.Store(true)
}

// disarm is called by the owner before it works. After a sleep it empties the eventfd.
func (w *waker) disarm() {
	if !w.slept {
		return
	}
	w.slept = false
	w.armed.Store(false)
	var count [8]byte
	// EAGAIN: nobody has written it. A write that comes later ends the next sleep early, which is harmless.
	_, _ = unix.Read(w.event, count[:])
}

// wake ends the sleep of an armed engine. Any goroutine may call it.
func (w *waker) wake() {
	if !w.armed.Load() || !w.armed.CompareAndSwap(true, false) {
		return
	}
	one := [8]byte{1}
	// The counter cannot be full, since disarm empties it, and the descriptor is ours: nothing fails.
	_, _ = unix.Write(w.event, one[:])
}
