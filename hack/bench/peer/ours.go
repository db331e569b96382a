package peer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

func serveOurs(ctx context.Context, c Config, ready func() error) error {
	if c.Kind != load.Bulk {
		return unsupported("ours", c.Kind+" as a server: that is echo server")
	}
	return withRuntime(ctx, c, func(l *oursLoop) error { return serveBulk(l, c.Addr, ready) })
}

func driveOurs(ctx context.Context, c Config, p load.Params) (res load.Result, err error) {
	err = withRuntime(ctx, c, func(l *oursLoop) (err error) {
		switch p.Kind {
		case load.Bulk:
			res, err = driveBulk(l, p)
		case load.Connect:
			res, err = driveVisits(l, p)
		case load.Messages:
			res, err = driveMessages(l, p)
		case load.Crowd:
			err = driveCrowd(l, p)
		case load.KV:
			res, err = driveKV(l, p)
		default:
			err = unsupported("ours", p.Kind+" as a client: that is echo client")
		}
		return err
	})
	return res, err
}

// An oursLoop is a runtime of ours with the results that its wait returned last.
type oursLoop struct {
	*api.Runtime
	ctx     context.Context
	results [64]api.QResult
}

func withRuntime(ctx context.Context, c Config, run func(*oursLoop) error) (err error) {
	idle, err := api.ParseIdle(c.Idle)
	if err != nil {
		return err
	}
	cfg := api.Config{LibOS: c.LibOS, Idle: idle}
	switch c.LibOS {
	case api.AFXDP:
		cfg.Device, cfg.Addrs, cfg.TCP = c.Device, []netip.Prefix{c.IP}, c.TCP
	case api.DPDK:
		cfg.EAL, cfg.Addrs, cfg.TCP = c.EAL, []netip.Prefix{c.IP}, c.TCP
	}
	rt, err := api.Open(cfg)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, rt.Interrupt)
	err = run(&oursLoop{Runtime: rt, ctx: ctx})
	stop()
	return errors.Join(err, rt.Close())
}

// wait returns the next results, and none at the deadline. They are valid until the next call.
func (l *oursLoop) wait(timeout time.Duration) ([]api.QResult, error) {
	n, err := l.WaitNext(l.results[:], timeout)
	switch {
	case l.ctx.Err() != nil:
		return nil, l.ctx.Err()
	case errors.Is(err, syscall.EINTR), errors.Is(err, os.ErrDeadlineExceeded):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return l.results[:n], nil
}

// connect connects a new socket and returns it at once; the result comes later.
func (l *oursLoop) connect(addr netip.AddrPort) (api.QD, error) {
	qd, err := l.Socket(api.AF_INET, api.SOCK_STREAM)
	if err != nil {
		return 0, err
	}
	if _, err := l.Connect(qd, addr); err != nil {
		return 0, fmt.Errorf("connect to %v: %w", addr, err)
	}
	return qd, nil
}

// take copies the data of a pop and frees it.
func (l *oursLoop) take(r *api.QResult, dst []byte) (int, error) {
	if r.N > len(dst) {
		return 0, errors.Join(fmt.Errorf("%d bytes arrived where at most %d were due", r.N, len(dst)), l.Free(r.SGA))
	}
	n := r.SGA.CopyTo(dst)
	return n, l.Free(r.SGA)
}
