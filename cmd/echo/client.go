package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/api/flags"
)

const (
	maxStreamSize   = 1 << 20
	maxDatagramSize = 65507 // 65535 less the headers of IPv4 and UDP
)

func clientCommand() *cli.Command {
	return &cli.Command{
		Name:         "client",
		Usage:        "send requests to an echo server, check every byte and report latency",
		OnUsageError: flags.OnUsageError,
		Flags: append([]cli.Flag{
			flags.String("connect", "", "server `ADDR:PORT`"),
			flags.Int("size", 64, "bytes of a request: 1 to 1048576, with UDP to 65507"),
			flags.Int("conns", 1, "connections"),
			&cli.IntFlag{Name: "count", DefaultText: "until --duration is over", Usage: "end after `N` requests in all", EnvVars: flags.Env("count")},
			flags.Duration("duration", 5*time.Second, "", "end after this time"),
			&cli.Float64Flag{Name: "rate", DefaultText: "closed loop", Usage: "open loop: `R` requests/s in all", EnvVars: flags.Env("rate")},
			flags.Duration("timeout", 0, "5s, for a reply by UDP 1s", "for a connect, a silent server, or a reply by UDP"),
			&cli.BoolFlag{Name: "json", Usage: "report as one JSON object", EnvVars: flags.Env("json")},
		}, sharedFlags()...),
		Action: func(c *cli.Context) error {
			o, err := parseClient(c)
			if err != nil {
				return err
			}
			return runClient(o, c)
		},
	}
}

type clientOptions struct {
	shared
	addr     netip.AddrPort
	size     int
	conns    int
	count    uint64        // 0: until duration is over
	duration time.Duration // 0: until count is reached
	rate     float64       // requests/s; 0: closed loop
	connect  time.Duration // for a connect
	reply    time.Duration // for a reply, or for the next bytes of a stream
	json     bool
}

func parseClient(c *cli.Context) (o clientOptions, err error) {
	if o.shared, err = parseShared(c); err != nil {
		return o, err
	}
	if o.addr, err = flags.AddrPort(c, "connect", samplePort); err != nil {
		return o, err
	}
	o.size, o.conns, o.rate, o.json = c.Int("size"), c.Int("conns"), c.Float64("rate"), c.Bool("json")
	limit := maxStreamSize
	if o.proto == "udp" {
		limit = maxDatagramSize
	}
	switch {
	case o.addr.Port() == 0:
		return o, flags.Usagef("--connect %v has port 0; name the server's port", o.addr)
	case o.size < 1 || o.size > limit:
		return o, flags.Usagef("--size %d is out of range; use 1 to %d with %s", o.size, limit, o.proto)
	case o.conns < 1 || o.conns > 1<<20:
		return o, flags.Usagef("--conns %d is out of range; use 1 to 1048576", o.conns)
	case c.IsSet("count") && c.Int("count") < 1:
		return o, flags.Usagef("--count %d is out of range; use 1 or more", c.Int("count"))
	case c.IsSet("count") && c.IsSet("duration"):
		return o, flags.Usagef("--count and --duration exclude each other; leave one out")
	case c.Duration("duration") <= 0:
		return o, flags.Usagef("--duration %v is out of range; use more than 0, such as 5s", c.Duration("duration"))
	case c.IsSet("rate") && !(o.rate > 0 && o.rate <= 1e8):
		return o, flags.Usagef("--rate %v is out of range; use more than 0 and up to 1e8", o.rate)
	case c.IsSet("timeout") && c.Duration("timeout") <= 0:
		return o, flags.Usagef("--timeout %v is out of range; use more than 0, such as 1s", c.Duration("timeout"))
	}
	if o.count = uint64(c.Int("count")); o.count == 0 {
		o.duration = c.Duration("duration")
	}
	o.connect, o.reply = 5*time.Second, 5*time.Second
	if o.proto == "udp" {
		o.reply = time.Second
	}
	if t := c.Duration("timeout"); t > 0 {
		o.connect, o.reply = t, t
	}
	return o, nil
}

func runClient(o clientOptions, c *cli.Context) (err error) {
	rt, closeAll, err := o.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	var signals atomic.Int32
	stop := notify(rt, &signals)
	defer stop()

	l := newLoad(rt, &o, &signals)
	l.progress = newProgress(c.App.ErrWriter)
	if err := l.connectAll(); err != nil {
		return flags.Remedy(fmt.Errorf("connect to %v: %w", o.addr, err))
	}
	if err := l.run(); err != nil {
		return err
	}
	r := l.report()
	if err := r.print(c.App.Writer, o.json); err != nil {
		return err
	}
	if r.Unsent > 0 {
		_, err := fmt.Fprintf(c.App.ErrWriter, "echo: %d requests were due and not sent: the server is slower than --rate %v\n", r.Unsent, o.rate)
		if err != nil {
			return err
		}
	}
	if err := l.closeAll(); err != nil {
		return err
	}
	if r.Errors+r.Mismatches == 0 {
		return nil
	}
	text := fmt.Sprintf("%d errors and %d mismatches in %d requests", r.Errors, r.Mismatches, r.Requests)
	if l.first != nil {
		return flags.Remedy(fmt.Errorf("%s, the first: %w", text, l.first))
	}
	return errors.New(text)
}

// handshakes is how many connects are under way at once: far fewer than the backlog of a server holds, or a ring of
// frames, so that many connections do not make each other's SYNs get lost.
const handshakes = 256

// connectAll connects all connections. Each has the time that a connect may take.
func (l *load) connectAll() error {
	started, connected := 0, 0
	deadline := time.Now().Add(l.o.connect)
	for connected < len(l.conns) {
		for ; started < len(l.conns) && started-connected < handshakes; started++ {
			if err := l.connect(started); err != nil {
				return err
			}
		}
		n, err := l.rt.WaitNext(l.results[:], max(0, time.Until(deadline)))
		switch {
		case errors.Is(err, syscall.EINTR) && l.signals.Load() > 0:
			return &interruptedError{"interrupted"}
		case errors.Is(err, syscall.EINTR):
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case err != nil:
			return fmt.Errorf("no answer in %v: %w", l.o.connect, syscall.ETIMEDOUT)
		}
		for _, r := range l.results[:n] {
			if r.Err != nil {
				return r.Err
			}
			connected++
			deadline = time.Now().Add(l.o.connect)
		}
	}
	return nil
}

// connect starts to connect one connection.
func (l *load) connect(i int) error {
	qd, err := l.o.socket(l.rt, l.o.addr.Addr())
	if err != nil {
		return err
	}
	l.conns[i] = client{id: i, qd: qd, byKey: map[uint64]int{}}
	l.byQD[qd] = &l.conns[i]
	_, err = l.rt.Connect(qd, l.o.addr)
	return err
}

// closeAll closes all connections in order.
func (l *load) closeAll() error {
	deadline := time.Now().Add(time.Second)
	waiting := 0
	for qd, c := range l.byQD {
		if !c.closed {
			if _, err := l.rt.CloseQueue(qd); err != nil {
				return err
			}
		}
		waiting++
	}
	for waiting > l.closed && time.Now().Before(deadline) && l.signals.Load() < 2 {
		n, err := l.rt.WaitNext(l.results[:], max(0, time.Until(deadline)))
		if err != nil && n == 0 {
			continue // the deadline or a signal, which the condition sees
		}
		for i := range l.results[:n] {
			if r := &l.results[i]; r.Opcode == api.OpClose {
				l.closed++
			} else if r.Opcode == api.OpPop && r.Err == nil && r.N > 0 {
				if err := l.rt.Free(r.SGA); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
