package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// A Dialer connects to the server.
type Dialer func(context.Context) (net.Conn, error)

// Run runs a load over net.Conn. The result of a crowd goes to its Report.
func Run(ctx context.Context, p Params, dial Dialer) (Result, error) {
	switch p.Kind {
	case Echo:
		return echo(ctx, p, dial)
	case Connect:
		return connect(ctx, p, dial)
	case Crowd:
		return Result{}, crowd(ctx, p, dial)
	case Bulk:
		return bulk(ctx, p, dial)
	case KVFill:
		return fill(ctx, p, dial)
	case KVCheck:
		return check(ctx, p, dial)
	}
	return Result{}, fmt.Errorf("load %s is not for connections", p.Kind)
}

// open dials a connection that fails instead of waiting beyond the end of the load.
func open(ctx context.Context, p *Params, dial Dialer) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Grace)
	defer cancel()
	c, err := dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to %v: %w", p.Addr, err)
	}
	if err := c.SetDeadline(time.Now().Add(p.Duration + 2*Grace)); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func exchange(c net.Conn, r *Request, reply []byte, m *Meter) error {
	start := time.Now()
	if _, err := c.Write(r.Next()); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	if _, err := io.ReadFull(c, reply); err != nil {
		return fmt.Errorf("receive a reply: %w", err)
	}
	return m.Answered(time.Since(start), r.Intact(reply))
}

func echo(ctx context.Context, p Params, dial Dialer) (Result, error) {
	conns := make([]net.Conn, 0, p.Conns)
	defer func() {
		for _, c := range conns {
			c.Close() // all replies have been read: nothing can be lost any more
		}
	}()
	for range p.Conns {
		c, err := open(ctx, &p, dial)
		if err != nil {
			return Result{}, err
		}
		conns = append(conns, c)
	}
	if p.Rate > 0 {
		return openLoop(ctx, p, conns)
	}
	return loops(p, func(i int, end time.Time, m *Meter) error {
		r, reply := NewRequest(i, p.Size), make([]byte, p.Size)
		for time.Now().Before(end) && ctx.Err() == nil {
			if err := exchange(conns[i], r, reply, m); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

func connect(ctx context.Context, p Params, dial Dialer) (Result, error) {
	return loops(p, func(i int, end time.Time, m *Meter) error {
		r, reply := NewRequest(i, p.Size), make([]byte, p.Size)
		for time.Now().Before(end) && ctx.Err() == nil {
			if err := visit(ctx, &p, dial, r, reply, m); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// visit is one turn of connect. Its latency counts from before the connect until the reply.
func visit(ctx context.Context, p *Params, dial Dialer, r *Request, reply []byte, m *Meter) error {
	start := time.Now()
	c, err := open(ctx, p, dial)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(r.Next()); err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	if _, err := io.ReadFull(c, reply); err != nil {
		return fmt.Errorf("receive a reply: %w", err)
	}
	return m.Answered(time.Since(start), r.Intact(reply))
}

// loops runs loop for each connection and adds up what they measured.
func loops(p Params, loop func(i int, end time.Time, m *Meter) error) (Result, error) {
	meters := make([]*Meter, p.Conns)
	for i := range meters {
		meters[i] = NewMeter()
	}
	errs := make([]error, p.Conns)
	var all sync.WaitGroup
	before := Mallocs()
	start := time.Now()
	end := start.Add(p.Duration)
	for i := range p.Conns {
		all.Go(func() { errs[i] = loop(i, end, meters[i]) })
	}
	all.Wait()
	elapsed := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return Result{}, err
		}
	}
	res := Total(elapsed, meters...)
	res.Mallocs = Mallocs() - before
	return res, nil
}

func bulk(ctx context.Context, p Params, dial Dialer) (Result, error) {
	c, err := open(ctx, &p, dial)
	if err != nil {
		return Result{}, err
	}
	defer c.Close()
	b := make([]byte, RecordSize)
	start := time.Now()
	end := start.Add(p.Duration)
	records := uint64(0)
	for last := false; !last; records++ {
		last = !time.Now().Before(end) || ctx.Err() != nil
		Record(b, records, last)
		if _, err := c.Write(b); err != nil {
			return Result{}, fmt.Errorf("send record %d: %w", records, err)
		}
	}
	var reply [ReplySize]byte
	if _, err := io.ReadFull(c, reply[:]); err != nil {
		return Result{}, fmt.Errorf("receive the reply: %w", err)
	}
	return Delivered(records, reply[:], time.Since(start))
}
