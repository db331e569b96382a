package peer

import (
	"fmt"
	"math"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A kvConn is one connection of the load kv. Its two streams of requests are the same; sending is ahead in an open loop.
type kvConn struct {
	id             int
	qd             api.QD
	sending        *load.KVRequest
	awaited        *load.KVRequest // its last request is the one whose reply comes next
	sent, received uint64
	got            int       // bytes of the next reply that have come
	start          time.Time // closed loop: when the request was sent
}

// A kvClient is the load kv, a closed loop or an open one.
type kvClient struct {
	*oursLoop
	p         load.Params
	m         *load.Meter
	conns     []*kvConn
	byQD      map[api.QD]*kvConn
	connected int
	flying    int            // requests without a reply
	sent      uint64         // on all connections
	schedule  *load.Schedule // nil: a closed loop
	end       time.Time
}

func driveKV(l *oursLoop, p load.Params) (load.Result, error) {
	c := &kvClient{oursLoop: l, p: p, m: load.NewMeter(), byQD: make(map[api.QD]*kvConn, p.Conns)}
	if err := c.connectAll(); err != nil {
		return load.Result{}, err
	}
	before := load.Mallocs()
	begin := time.Now()
	c.end = begin.Add(p.Duration)
	if p.Rate > 0 {
		c.schedule = &load.Schedule{Start: begin, Rate: p.Rate, Conns: p.Conns}
	} else {
		for _, k := range c.conns {
			if err := c.send(k, begin); err != nil {
				return load.Result{}, err
			}
		}
	}
	if err := c.run(); err != nil {
		return load.Result{}, err
	}
	res := load.Total(time.Since(begin), c.m)
	res.Mallocs = load.Mallocs() - before
	if c.schedule != nil {
		due := uint64(math.Ceil(p.Rate * p.Duration.Seconds()))
		res.Unsent = due - min(due, c.sent)
	}
	return res, nil
}

func (c *kvClient) connectAll() error {
	for i := range c.p.Conns {
		k := &kvConn{id: i, sending: load.NewKVRequest(i, &c.p), awaited: load.NewKVRequest(i, &c.p)}
		var err error
		if k.qd, err = c.connect(c.p.Addr); err != nil {
			return err
		}
		c.conns, c.byQD[k.qd] = append(c.conns, k), k
	}
	for limit := time.Now().Add(load.Grace); c.connected < len(c.conns); {
		if err := c.step(time.Second); err != nil {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d of %d connections were made in time", c.connected, len(c.conns))
		}
	}
	return nil
}

// run ends when all requests that could be sent before the end are answered.
func (c *kvClient) run() error {
	for now := time.Now(); ; now = time.Now() {
		timeout := time.Second
		if c.schedule != nil && now.Before(c.end) {
			due, err := c.sendDue(now)
			if err != nil {
				return err
			}
			timeout = max(0, due.Sub(now))
		} else if c.flying == 0 {
			return nil
		}
		if now.After(c.end.Add(load.Grace)) {
			return fmt.Errorf("%d requests are not answered", c.flying)
		}
		if err := c.step(timeout); err != nil {
			return err
		}
	}
}

// sendDue sends what is due, over the connections in turn, and returns when there is something to do again. A connection
// without room holds up the others: its requests are sent when there is room, and their latency counts from when they
// were due.
func (c *kvClient) sendDue(now time.Time) (time.Time, error) {
	for {
		k := c.conns[c.sent%uint64(len(c.conns))]
		due := c.schedule.Due(k.id, k.sent)
		switch {
		case !due.Before(c.end):
			return c.end, nil
		case due.After(now):
			return due, nil
		case k.sent-k.received >= maxFlights:
			return now.Add(time.Millisecond), nil // a reply makes room, and ends the wait sooner
		}
		if err := c.send(k, now); err != nil {
			return now, err
		}
	}
}

// send sends the next request of a connection. The push keeps the memory for as long as it needs.
func (c *kvClient) send(k *kvConn, now time.Time) error {
	request := k.sending.Next()
	sga, err := c.Alloc(len(request))
	if err != nil {
		return err
	}
	copy(sga.Seg(0).Data, request)
	_, err = c.Push(k.qd, sga)
	if e := c.Free(sga); err == nil {
		err = e
	}
	if k.sent == k.received {
		k.awaited.Next()
	}
	k.start = now
	k.sent++
	c.sent++
	c.flying++
	return err
}

func (c *kvClient) step(timeout time.Duration) error {
	results, err := c.wait(timeout)
	if err != nil {
		return err
	}
	for i := range results {
		if err := c.handle(&results[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *kvClient) handle(r *api.QResult) error {
	if r.Err != nil {
		return fmt.Errorf("%v: %w", r.Opcode, r.Err)
	}
	switch r.Opcode {
	case api.OpConnect:
		c.connected++
	case api.OpPop:
		if r.N == 0 {
			return errEnd
		}
		k := c.byQD[r.QD]
		for i := range r.SGA.NumSegs() {
			if err := c.received(k, r.SGA.Seg(i).Data); err != nil {
				return err
			}
		}
		if err := c.Free(r.SGA); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err := c.Pop(r.QD)
	return err
}

// received takes a piece of the stream of replies.
func (c *kvClient) received(k *kvConn, b []byte) error {
	for len(b) > 0 {
		if k.received == k.sent {
			return fmt.Errorf("%d bytes arrived that no request asked for", len(b))
		}
		n, whole, err := k.awaited.Take(b, k.got)
		if err != nil {
			return err
		}
		b = b[n:]
		if k.got += n; !whole {
			return nil
		}
		now := time.Now()
		since := k.start
		if c.schedule != nil {
			since = c.schedule.Due(k.id, k.received)
		}
		if err := c.m.Answered(now.Sub(since), true); err != nil {
			return err
		}
		k.got = 0
		k.received++
		c.flying--
		if k.received < k.sent {
			k.awaited.Next()
		}
		if c.schedule == nil && now.Before(c.end) {
			if err := c.send(k, now); err != nil {
				return err
			}
		}
	}
	return nil
}
