package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A Schedule is that of an open loop: request k of all connections together is due at start + k/rate, whatever the server
// does, and its latency counts from then. A server that stalls is charged for every request that it kept waiting, and a
// client that sends late for itself (no coordinated omission).
type Schedule struct {
	Start time.Time
	Rate  float64 // requests/s on all connections
	Conns int
}

// Due returns when connection conn has to send its request k, from 0. Connections take turns.
func (s *Schedule) Due(conn int, k uint64) time.Time {
	return s.Start.Add(time.Duration((float64(k)*float64(s.Conns) + float64(conn)) / s.Rate * float64(time.Second)))
}

// openLoop sends on a goroutine of each connection, and receives on another, so that a late reply delays no request.
func openLoop(ctx context.Context, p Params, conns []net.Conn) (Result, error) {
	s := &Schedule{Start: time.Now(), Rate: p.Rate, Conns: p.Conns}
	end := s.Start.Add(p.Duration)
	return loops(p, func(i int, _ time.Time, m *Meter) error {
		sent := make(chan error, 1)
		total := s.until(i, end)
		go func() { sent <- s.send(ctx, conns[i], i, p.Size, total) }()
		err := s.receive(conns[i], i, p.Size, total, m)
		if err != nil {
			conns[i].Close() // what the sender may wait for
		}
		return errors.Join(err, <-sent)
	})
}

// until returns how many requests of a connection are due before end.
func (s *Schedule) until(conn int, end time.Time) uint64 {
	k := uint64(0)
	for s.Due(conn, k).Before(end) {
		k++
	}
	return k
}

func (s *Schedule) send(ctx context.Context, c net.Conn, conn, size int, total uint64) error {
	r := NewRequest(conn, size)
	for k := range total {
		if wait := time.Until(s.Due(conn, k)); wait > 0 {
			// Not to wait for a condition: this is the load.
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				c.Close() // what the receiver waits for
				return ctx.Err()
			}
		}
		if _, err := c.Write(r.Next()); err != nil {
			return fmt.Errorf("send request %d: %w", k, err)
		}
	}
	return nil
}

func (s *Schedule) receive(c net.Conn, conn, size int, total uint64, m *Meter) error {
	r, reply := NewRequest(conn, size), make([]byte, size)
	for k := range total {
		if _, err := io.ReadFull(c, reply); err != nil {
			return fmt.Errorf("receive reply %d: %w", k, err)
		}
		r.Next()
		if err := m.Answered(time.Since(s.Due(conn, k)), r.Intact(reply)); err != nil {
			return err
		}
	}
	return nil
}
