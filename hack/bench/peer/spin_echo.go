package peer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A spinPoller says which of many sockets are readable: an epoll instance that is never waited on.
type spinPoller struct {
	ep     int
	events [128]unix.EpollEvent
}

func newSpinPoller() (*spinPoller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &spinPoller{ep: ep}, nil
}

func (p *spinPoller) add(fd int) error {
	err := unix.EpollCtl(p.ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	if err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// ready returns the events that there are now. They are valid until the next call.
func (p *spinPoller) ready() ([]unix.EpollEvent, error) {
	n, err := unix.EpollWait(p.ep, p.events[:], 0)
	if err != nil && err != unix.EINTR {
		return nil, fmt.Errorf("epoll_wait: %w", err)
	}
	return p.events[:max(0, n)], nil
}

func (p *spinPoller) close() error { return unix.Close(p.ep) }

// spinEcho is the load echo. One connection is read in a loop; many are asked for with epoll.
func spinEcho(ctx context.Context, p load.Params) (_ load.Result, err error) {
	poller, err := newSpinPoller()
	if err != nil {
		return load.Result{}, err
	}
	defer func() { err = errors.Join(err, poller.close()) }()
	clients := make(map[int32]*spinClient, p.Conns)
	defer func() {
		for _, s := range clients {
			err = errors.Join(err, s.close())
		}
	}()
	var one *spinClient
	for i := range p.Conns {
		s := newSpinClient(i, p.Size)
		if s.fd, err = spinConnect(p.Addr); err != nil {
			return load.Result{}, err
		}
		clients[int32(s.fd)], one = s, s
		if err := poller.add(s.fd); err != nil {
			return load.Result{}, err
		}
	}
	e := spinLoop{m: load.NewMeter(), begin: time.Now(), running: p.Conns}
	e.end = e.begin.Add(p.Duration)
	for _, s := range clients {
		s.start = time.Now()
		if err := s.send(ctx); err != nil {
			return load.Result{}, err
		}
	}
	for idle := 0; e.running > 0; idle++ {
		if idle%lookAround == 0 && ctx.Err() != nil {
			return load.Result{}, fmt.Errorf("wait for %d replies: %w", e.running, ctx.Err())
		}
		if p.Conns == 1 {
			if err := e.turn(ctx, one); err != nil {
				return load.Result{}, err
			}
			continue
		}
		events, err := poller.ready()
		if err != nil {
			return load.Result{}, err
		}
		for i := range events {
			if err := e.turn(ctx, clients[events[i].Fd]); err != nil {
				return load.Result{}, err
			}
		}
	}
	return load.Total(time.Since(e.begin), e.m), nil
}

type spinLoop struct {
	m          *load.Meter
	begin, end time.Time
	running    int // connections that wait for a reply
}

// turn reads what is there for s and sends its next request when its reply is complete.
func (e *spinLoop) turn(ctx context.Context, s *spinClient) error {
	whole, err := s.poll()
	if err != nil || !whole {
		return err
	}
	now := time.Now()
	if err := e.m.Answered(now.Sub(s.start), s.req.Intact(s.reply)); err != nil {
		return err
	}
	if !now.Before(e.end) {
		e.running--
		return nil
	}
	s.start = now
	return s.send(ctx)
}
