package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A spinServer echoes on one thread. A lone connection is read in a loop; with more it polls epoll with no timeout.
type spinServer struct {
	listener int
	poller   *spinPoller
	conns    map[int]bool // whether the poller has it
	last     int          // the connection that was accepted last
	buf      [16 << 10]byte
}

func serveSpin(ctx context.Context, c Config, ready func() error) (err error) {
	if c.Kind == load.Bulk {
		return unsupported("kernel-spin", c.Kind)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := &spinServer{conns: map[int]bool{}}
	if s.poller, err = newSpinPoller(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.poller.close()) }()
	if s.listener, err = spinListen(c); err != nil {
		return err
	}
	defer func() {
		for fd := range s.conns {
			err = errors.Join(err, unix.Close(fd))
		}
		err = errors.Join(err, unix.Close(s.listener))
	}()
	if err := ready(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		if i%lookAround == 0 && ctx.Err() != nil {
			return nil
		}
		// With connections, a system call that finds nothing is time that they wait: accept is asked for rarely.
		if len(s.conns) == 0 || i%lookAround == 0 {
			if err := s.accept(); err != nil {
				return err
			}
		}
		if err := s.poll(ctx); err != nil {
			return err
		}
	}
}

func spinListen(c Config) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("make a socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, sockaddr(c.Addr))
	}
	if err == nil {
		err = unix.Listen(fd, 4096)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("listen on %v: %w", c.Addr, err), unix.Close(fd))
	}
	return fd, nil
}

// accept takes all connections that wait.
func (s *spinServer) accept() error {
	for {
		fd, _, err := unix.Accept4(s.listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		if err == unix.EAGAIN || err == unix.EINTR || err == unix.ECONNABORTED {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		if err := s.add(fd); err != nil {
			return err
		}
	}
}

func (s *spinServer) add(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return errors.Join(fmt.Errorf("set TCP_NODELAY: %w", err), unix.Close(fd))
	}
	s.conns[fd], s.last = false, fd
	if len(s.conns) < 2 {
		return nil
	}
	for fd, polled := range s.conns {
		if !polled {
			if err := s.poller.add(fd); err != nil {
				return err
			}
			s.conns[fd] = true
		}
	}
	return nil
}

func (s *spinServer) poll(ctx context.Context) error {
	if len(s.conns) == 1 {
		return s.answer(ctx, s.last)
	}
	if len(s.conns) == 0 {
		return nil
	}
	events, err := s.poller.ready()
	if err != nil {
		return err
	}
	for i := range events {
		if err := s.answer(ctx, int(events[i].Fd)); err != nil {
			return err
		}
	}
	return nil
}

// answer sends back what is there. A connection that fails is closed, and the server goes on.
func (s *spinServer) answer(ctx context.Context, fd int) error {
	n, err := spinRead(fd, s.buf[:])
	if err == nil && n > 0 {
		err = spinWrite(ctx, fd, s.buf[:n])
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, errEnd) && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "connection:", err)
	}
	delete(s.conns, fd)
	for s.last = range s.conns { // any that is left
		break
	}
	return unix.Close(fd)
}
