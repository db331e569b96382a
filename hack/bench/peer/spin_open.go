package peer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// maxFlights bounds the requests in flight on a connection, so that both ends never wait for room at once. Requests beyond
// are sent later, and their latency counts from when they were due.
const maxFlights = 1024

// A spinFlow is one connection of an open loop: it sends ahead of the replies.
type spinFlow struct {
	*spinClient
	conn           int
	sending        *load.Request // spinClient.req is what the next reply belongs to
	sent, received uint64
}

// spinOpenLoop is the open loop of the load echo.
func spinOpenLoop(ctx context.Context, p load.Params) (_ load.Result, err error) {
	clients, err := newSpinClients(&p)
	if err != nil {
		return load.Result{}, err
	}
	defer func() { err = errors.Join(err, clients.close()) }()
	flows, byClient := make([]*spinFlow, p.Conns), make(map[*spinClient]*spinFlow, p.Conns)
	for i, s := range clients.list {
		flows[i] = &spinFlow{spinClient: s, conn: i, sending: load.NewRequest(i, p.Size)}
		byClient[s] = flows[i]
	}
	before := load.Mallocs()
	m := load.NewMeter()
	s := &load.Schedule{Start: time.Now(), Rate: p.Rate, Conns: p.Conns}
	end := s.Start.Add(p.Duration)
	next, flying := 0, 0 // the flow whose turn it is, requests without a reply
	for idle := 0; ; idle++ {
		now := time.Now()
		if f := flows[next]; f.sent-f.received < maxFlights {
			due := s.Due(f.conn, f.sent)
			if !due.Before(end) && flying == 0 {
				res := load.Total(time.Since(s.Start), m)
				res.Mallocs = load.Mallocs() - before
				return res, nil
			}
			if due.Before(end) && !due.After(now) {
				if err := spinWrite(ctx, f.fd, f.sending.Next()); err != nil {
					return load.Result{}, err
				}
				f.sent++
				flying++
				next = (next + 1) % len(flows)
			}
		}
		err := clients.each(func(c *spinClient) error {
			answered, err := byClient[c].receive(s, m)
			if answered {
				flying--
			}
			return err
		})
		if err != nil {
			return load.Result{}, err
		}
		if idle%lookAround == 0 && ctx.Err() != nil {
			return load.Result{}, fmt.Errorf("wait for %d replies: %w", flying, ctx.Err())
		}
	}
}

// receive reads at most one reply.
func (f *spinFlow) receive(s *load.Schedule, m *load.Meter) (answered bool, err error) {
	whole, err := f.poll()
	if err != nil || !whole {
		return false, err
	}
	f.got = 0
	f.req.Next()
	err = m.Answered(time.Since(s.Due(f.conn, f.received)), f.req.Intact(f.reply))
	f.received++
	return true, err
}
