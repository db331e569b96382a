package peer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// lookAround is how many fruitless polls a spinning loop makes before it looks at the clock, the context or its listener.
const lookAround = 256

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
}

// spinConnect returns a connected socket that does not block.
func spinConnect(a netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("make a socket: %w", err)
	}
	err = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if err == nil {
		err = ignoringSignals(func() error { return unix.Connect(fd, sockaddr(a)) })
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("connect to %v: %w", a, err), unix.Close(fd))
	}
	return fd, nil
}

func ignoringSignals(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// spinRead reads what is there: 0 and nil when nothing is, errEnd at the end of the stream.
func spinRead(fd int, b []byte) (int, error) {
	n, err := unix.Read(fd, b)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("read: %w", err)
	case n == 0:
		return 0, errEnd
	}
	return n, nil
}

var errEnd = errors.New("the peer ended the connection")

// spinWrite writes all of b, and polls while the socket's buffer is full.
func spinWrite(ctx context.Context, fd int, b []byte) error {
	for idle := 0; len(b) > 0; {
		n, err := unix.Write(fd, b)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
			if idle++; idle%lookAround == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
		case err != nil:
			return fmt.Errorf("write: %w", err)
		default:
			b = b[n:]
		}
	}
	return nil
}

// A spinClient is one connection.
type spinClient struct {
	fd    int
	req   *load.Request
	reply []byte
	got   int
	start time.Time
}

func newSpinClient(i, size int) *spinClient {
	return &spinClient{fd: -1, req: load.NewRequest(i, size), reply: make([]byte, size)}
}

func (s *spinClient) send(ctx context.Context) error {
	s.got = 0
	return spinWrite(ctx, s.fd, s.req.Next())
}

// poll reads what is there and reports whether the reply is complete.
func (s *spinClient) poll() (bool, error) {
	n, err := spinRead(s.fd, s.reply[s.got:])
	s.got += n
	return s.got == len(s.reply), err
}

func (s *spinClient) close() error {
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}

func driveSpin(ctx context.Context, _ Config, p load.Params) (load.Result, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithTimeout(ctx, p.Duration+load.Grace)
	defer cancel()
	switch {
	case p.Kind == load.Connect && p.Conns == 1:
		return spinVisits(ctx, p)
	case p.Kind == load.Echo && p.Rate > 0:
		return spinOpenLoop(ctx, p)
	case p.Kind == load.Echo:
		return spinEcho(ctx, p)
	}
	return load.Result{}, unsupported("kernel-spin", fmt.Sprintf("%s of %d connections", p.Kind, p.Conns))
}

// spinVisits is the load connect, one connection at a time.
func spinVisits(ctx context.Context, p load.Params) (load.Result, error) {
	s, m := newSpinClient(0, p.Size), load.NewMeter()
	before := load.Mallocs()
	begin := time.Now()
	for end := begin.Add(p.Duration); time.Now().Before(end); {
		if err := s.visit(ctx, p.Addr, m); err != nil {
			return load.Result{}, err
		}
	}
	res := load.Total(time.Since(begin), m)
	res.Mallocs = load.Mallocs() - before
	return res, nil
}

func (s *spinClient) visit(ctx context.Context, server netip.AddrPort, m *load.Meter) (err error) {
	s.start = time.Now()
	if s.fd, err = spinConnect(server); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.send(ctx); err != nil {
		return err
	}
	for idle := 1; ; idle++ {
		whole, err := s.poll()
		if err != nil {
			return err
		}
		if whole {
			return m.Answered(time.Since(s.start), s.req.Intact(s.reply))
		}
		if idle%lookAround == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
