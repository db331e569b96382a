package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
)

const (
	acceptRetry = 10 * time.Millisecond // after an accept failed, as with EMFILE
	drainTime   = 5 * time.Second       // for peers to acknowledge what is buffered at the end
	abortTime   = time.Second           // for cancelled operations to be returned
)

func serverCommand() *cli.Command {
	return &cli.Command{
		Name:         "server",
		Usage:        "send back what arrives",
		OnUsageError: flags.OnUsageError,
		Flags: append([]cli.Flag{
			flags.String("listen", "", "local `ADDR:PORT`; port 0 takes a free one"),
			flags.Duration("stats", 0, "only at the end", "print the counters to standard error every `DURATION`, and whenever SIGUSR1 comes"),
		}, sharedFlags()...),
		Action: func(c *cli.Context) error {
			opts, err := parseShared(c)
			if err != nil {
				return err
			}
			addr, err := flags.AddrPort(c, "listen", samplePort)
			if err != nil {
				return err
			}
			every := c.Duration("stats")
			if every < 0 {
				return flags.Usagef("--stats %v is negative; write it as 10s", every)
			}
			return serve(opts, addr, every, c.App.Writer, c.App.ErrWriter)
		},
	}
}

// A server owns a runtime: one goroutine, one loop over results.
type server struct {
	rt       *api.Runtime
	listener api.QD // the socket itself with UDP
	retryAt  time.Time
	conns    map[api.QD]*connection
	closes   map[api.QToken]struct{}
	stopping bool
	fatal    error // ends the server
	reports  reports
	results  [64]api.QResult
	count    counters
}

func serve(opts shared, addr netip.AddrPort, every time.Duration, out, errs io.Writer) (err error) {
	rt, closeAll, err := opts.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var signals atomic.Int32
	stop := notify(rt, &signals)
	defer stop()

	s := &server{rt: rt, conns: map[api.QD]*connection{}, closes: map[api.QToken]struct{}{}}
	s.reports.start(every)
	defer s.reports.notify(rt)()
	if err := s.listen(&opts, addr); err != nil {
		return flags.Remedy(fmt.Errorf("listen on %v: %w", addr, err))
	}
	local, err := rt.LocalAddr(s.listener)
	if err != nil {
		return err
	}
	info := rt.Info()
	if _, err := fmt.Fprintf(out, "listening %s %v libos=%s dev=%s mode=%s\n", opts.proto, local, info.LibOS,
		dash(info.Device), dash(info.Mode)); err != nil {
		return err
	}
	for signals.Load() == 0 && s.fatal == nil {
		if err := s.step(s.timeout()); err != nil {
			return err
		}
		if s.reports.due() {
			if err := s.count.print(errs, rt.Stats()); err != nil {
				return err
			}
		}
	}
	err = s.stop(&signals)
	return errors.Join(s.fatal, err, s.count.print(out, rt.Stats()))
}

// notify interrupts the runtime at SIGINT and SIGTERM and counts them.
func notify(rt *api.Runtime, signals *atomic.Int32) (stop func()) {
	ch := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for {
			select {
			case <-ch:
				signals.Add(1)
				rt.Interrupt()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}

func (s *server) listen(opts *shared, addr netip.AddrPort) error {
	qd, err := opts.socket(s.rt, addr.Addr())
	if err != nil {
		return err
	}
	s.listener = qd
	if err := s.rt.Bind(qd, addr); err != nil {
		return err
	}
	if opts.proto == "udp" {
		for range datagramPops {
			if _, err := s.rt.Pop(qd); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.rt.Listen(qd, 4096); err != nil {
		return err
	}
	_, err = s.rt.Accept(qd)
	return err
}

// timeout is how long a wait may last: until the next try to accept, or the next report.
func (s *server) timeout() time.Duration {
	next := s.retryAt
	if next.IsZero() || !s.reports.at.IsZero() && s.reports.at.Before(next) {
		next = s.reports.at
	}
	if next.IsZero() {
		return api.Forever
	}
	return max(0, time.Until(next))
}

// step waits once and handles what has completed.
func (s *server) step(timeout time.Duration) error {
	n, err := s.rt.WaitNext(s.results[:], timeout)
	if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	for i := range s.results[:n] {
		s.handle(&s.results[i])
		s.results[i] = api.QResult{}
	}
	if !s.retryAt.IsZero() && !s.stopping && !time.Now().Before(s.retryAt) {
		s.retryAt = time.Time{}
		s.receive()
	}
	return nil
}

func (s *server) handle(r *api.QResult) {
	switch {
	case r.Opcode == api.OpClose:
		s.closed(r)
	case r.Opcode == api.OpAccept:
		s.accepted(r)
	case r.QD == s.listener:
		s.datagram(r)
	default:
		s.stream(r)
	}
}

// stop closes in order: first what accepts, then each connection as soon as its reply is with the stack, whose buffers
// the close delivers. A second signal or drainTime ends what is left at once.
func (s *server) stop(signals *atomic.Int32) error {
	s.stopping = true
	s.close(s.listener)
	for _, c := range s.conns {
		if !c.pushing {
			s.end(c)
		}
	}
	idle := func() bool { return len(s.closes) == 0 && len(s.conns) == 0 }
	deadline := time.Now().Add(drainTime)
	for !idle() && signals.Load() < 2 && time.Now().Before(deadline) {
		if err := s.step(max(0, time.Until(deadline))); err != nil {
			return err
		}
	}
	for _, c := range s.conns {
		s.end(c)
	}
	for qt := range s.closes {
		if err := s.rt.Cancel(qt); err != nil {
			s.count.errors++
		}
	}
	deadline = time.Now().Add(abortTime)
	for !idle() && time.Now().Before(deadline) {
		if err := s.step(max(0, time.Until(deadline))); err != nil {
			return err
		}
	}
	return nil
}

// close closes a descriptor; closed handles the result.
func (s *server) close(qd api.QD) bool {
	qt, err := s.rt.CloseQueue(qd)
	if err != nil {
		s.count.errors++
		return false
	}
	s.closes[qt] = struct{}{}
	return true
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
