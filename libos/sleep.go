package libos

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"
)

// A sleeper is one epoll instance (epoll(7)) over the descriptors of the engines and an eventfd (eventfd(2)) with which
// other goroutines end the sleep.
type sleeper struct {
	ep     int
	fds    []int // by engine: what is registered, -1 for none
	events [8]syscall.EpollEvent

	mu    sync.Mutex // Interrupt may race with Close
	event int        // -1 when closed
}

func (s *sleeper) open() error {
	s.event = -1
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	s.ep = ep
	event, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		return errors.Join(fmt.Errorf("eventfd2: %w", errno), syscall.Close(ep))
	}
	s.event = int(event)
	if err := s.register(s.event); err != nil {
		return errors.Join(err, s.close())
	}
	return nil
}

func (s *sleeper) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(syscall.Close(s.event), syscall.Close(s.ep))
	s.event = -1
	return err
}

func (s *sleeper) register(fd int) error {
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_ADD, fd, &ev); err != nil && err != syscall.EEXIST {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// wake ends a sleep, or the next one. Any goroutine may call it.
func (s *sleeper) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.event < 0 {
		return
	}
	one := [8]byte{1}
	// EAGAIN means that the counter is full, so that the sleep ends as well. The descriptor is ours: nothing else fails.
	_, _ = syscall.Write(s.event, one[:])
}

// watch makes fd the descriptor of engine i.
func (s *sleeper) watch(i, fd int) error {
	for len(s.fds) <= i {
		s.fds = append(s.fds, -1)
	}
	if old := s.fds[i]; old >= 0 && old != fd {
		s.fds[i] = -1
		if !slices.Contains(s.fds, old) { // else another engine has the number now
			// An engine that closed its old descriptor has taken it out by that.
			err := syscall.EpollCtl(s.ep, syscall.EPOLL_CTL_DEL, old, nil)
			if err != nil && err != syscall.EBADF && err != syscall.ENOENT {
				return fmt.Errorf("epoll_ctl: %w", err)
			}
		}
	}
	if fd >= 0 {
		// Also where the number is the old one: the descriptor may have been closed and opened again.
		if err := s.register(fd); err != nil {
			return err
		}
		s.fds[i] = fd
	}
	return nil
}

// sleep arms every engine and blocks until a descriptor, a timer, the deadline (zero: none) or Interrupt. It returns at
// once when an engine has progress to make.
func (rt *Runtime) sleep(now, deadline time.Time) error {
	next := deadline
	for i, e := range rt.engines {
		fd, timer, ok := e.Arm()
		if !ok {
			return nil
		}
		if err := rt.sleeper.watch(i, fd); err != nil {
			return err
		}
		if !timer.IsZero() && (next.IsZero() || timer.Before(next)) {
			next = timer
		}
	}
	timeout := Forever
	if !next.IsZero() {
		if timeout = next.Sub(now); timeout <= 0 {
			return nil
		}
	}
	n, err := rt.sleeper.wait(timeout)
	if err == syscall.EINTR {
		return nil // a signal of the process: look again
	}
	if err != nil {
		return fmt.Errorf("epoll_pwait2: %w", err)
	}
	for i := range n {
		if rt.sleeper.events[i].Fd == int32(rt.sleeper.event) {
			var count [8]byte
			// Empties the counter; EAGAIN if it is empty already.
			_, _ = syscall.Read(rt.sleeper.event, count[:])
		}
	}
	return nil
}
