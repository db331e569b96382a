package load

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Opening is how many connections of a crowd are being opened at once.
const Opening = 64

// crowd opens all connections, has each make a request, and then some of them go on in a closed loop. It reports while all
// are open, and keeps them until ctx is done.
func crowd(ctx context.Context, p Params, dial Dialer) error {
	conns, err := openCrowd(ctx, &p, dial)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close() // all replies have been read: nothing can be lost any more
			}
		}
	}()
	if err != nil {
		return err
	}
	active := p
	active.Conns = p.Active
	res, err := loops(active, func(i int, end time.Time, m *Meter) error {
		r, reply := NewRequest(i, p.Size), make([]byte, p.Size)
		for time.Now().Before(end) && ctx.Err() == nil {
			if err := exchange(conns[i], r, reply, m); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if err := p.Report(res); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// openCrowd opens connections on a few goroutines. It returns those that are open also when it fails; the others are nil.
func openCrowd(ctx context.Context, p *Params, dial Dialer) ([]net.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conns := make([]net.Conn, p.Conns)
	next := make(chan int)
	var all sync.WaitGroup
	for range min(Opening, p.Conns) {
		all.Go(func() {
			m, reply := NewMeter(), make([]byte, p.Size)
			for i := range next {
				c, err := open(ctx, p, dial)
				if err == nil {
					conns[i] = c
					err = exchange(c, NewRequest(i, p.Size), reply, m)
				}
				if err == nil && m.mismatches > 0 {
					err = fmt.Errorf("connection %d was answered with wrong bytes", i)
				}
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < p.Conns && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	all.Wait()
	return conns, context.Cause(ctx)
}
