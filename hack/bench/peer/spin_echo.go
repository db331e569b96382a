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

// spinClients are connected clients and the poller that has their sockets.
type spinClients struct {
	poller *spinPoller
	list   []*spinClient
	byFD   map[int32]*spinClient
}

func newSpinClients(p *load.Params) (c *spinClients, err error) {
	c = &spinClients{byFD: make(map[int32]*spinClient, p.Conns)}
	if c.poller, err = newSpinPoller(); err != nil {
		return nil, err
	}
	for i := range p.Conns {
		s := newSpinClient(i, p.Size)
		if s.fd, err = spinConnect(p.Addr); err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.list, c.byFD[int32(s.fd)] = append(c.list, s), s
		if err := c.poller.add(s.fd); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *spinClients) close() error {
	err := c.poller.close()
	for _, s := range c.list {
		err = errors.Join(err, s.close())
	}
	return err
}

// each calls f for every client that can be read. A lone one is read without asking.
func (c *spinClients) each(f func(*spinClient) error) error {
	if len(c.list) == 1 {
		return f(c.list[0])
	}
	events, err := c.poller.ready()
	if err != nil {
		return err
	}
	for i := range events {
		if err := f(c.byFD[events[i].Fd]); err != nil {
			return err
		}
	}
	return nil
}

// spinEcho is the closed loop of the load echo.
func spinEcho(ctx context.Context, p load.Params) (_ load.Result, err error) {
	clients, err := newSpinClients(&p)
	if err != nil {
		return load.Result{}, err
	}
	defer func() { err = errors.Join(err, clients.close()) }()
	before := load.Mallocs()
	e := spinLoop{m: load.NewMeter(), begin: time.Now(), running: p.Conns}
	e.end = e.begin.Add(p.Duration)
	for _, s := range clients.list {
		s.start = time.Now()
		if err := s.send(ctx); err != nil {
			return load.Result{}, err
		}
	}
	for idle := 0; e.running > 0; idle++ {
		if idle%lookAround == 0 && ctx.Err() != nil {
			return load.Result{}, fmt.Errorf("wait for %d replies: %w", e.running, ctx.Err())
		}
		if err := clients.each(func(s *spinClient) error { return e.turn(ctx, s) }); err != nil {
			return load.Result{}, err
		}
	}
	res := load.Total(time.Since(e.begin), e.m)
	res.Mallocs = load.Mallocs() - before
	return res, nil
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
