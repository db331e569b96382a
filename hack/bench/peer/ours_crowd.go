package peer

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// crowdClose is how long the connections of a crowd have to close in order.
const crowdClose = 5 * time.Second

// A member is one connection of a crowd.
type member struct {
	qd    api.QD
	req   *load.Request
	reply []byte
	got   int
	start time.Time
}

// A crowd is the load of that name: first all members connect and make a request, then the active ones go on.
type crowd struct {
	*oursLoop
	p       load.Params
	m       *load.Meter // nil while the members come
	members []*member
	byQD    map[api.QD]*member
	waiting int // members that are connecting or wait for a reply
	end     time.Time
	closed  int
}

func driveCrowd(l *oursLoop, p load.Params) error {
	c := &crowd{oursLoop: l, p: p, byQD: make(map[api.QD]*member, p.Conns)}
	if err := c.gather(); err != nil {
		return err
	}
	res, err := c.work()
	if err != nil {
		return err
	}
	if err := p.Report(res); err != nil {
		return err
	}
	for l.ctx.Err() == nil { // the stack is served while nothing is asked of it
		if err := c.step(time.Second); err != nil && l.ctx.Err() == nil {
			return err
		}
	}
	return c.close()
}

// gather opens all connections, a few at once, and has each make a request.
func (c *crowd) gather() error {
	limit := time.Now().Add(c.p.Duration + load.Grace)
	for len(c.members) < c.p.Conns || c.waiting > 0 {
		for len(c.members) < c.p.Conns && c.waiting < load.Opening {
			k := &member{req: load.NewRequest(len(c.members), c.p.Size), reply: make([]byte, c.p.Size)}
			var err error
			if k.qd, err = c.connect(c.p.Addr); err != nil {
				return err
			}
			c.members, c.byQD[k.qd] = append(c.members, k), k
			c.waiting++
		}
		if err := c.step(time.Second); err != nil {
			return err
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%d of %d connections were made and answered in time", len(c.members)-c.waiting, c.p.Conns)
		}
	}
	return nil
}

// work has the active members send request after request.
func (c *crowd) work() (load.Result, error) {
	c.m = load.NewMeter()
	before := load.Mallocs()
	begin := time.Now()
	c.end = begin.Add(c.p.Duration)
	for _, k := range c.members[:c.p.Active] {
		if err := c.send(k); err != nil {
			return load.Result{}, err
		}
	}
	for c.waiting > 0 {
		if err := c.step(time.Second); err != nil {
			return load.Result{}, err
		}
		if time.Now().After(c.end.Add(load.Grace)) {
			return load.Result{}, fmt.Errorf("%d connections are not answered", c.waiting)
		}
	}
	res := load.Total(time.Since(begin), c.m)
	res.Mallocs = load.Mallocs() - before
	return res, nil
}

func (c *crowd) step(timeout time.Duration) error {
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

func (c *crowd) send(k *member) error {
	k.start, k.got = time.Now(), 0
	c.waiting++
	if _, err := c.Push(k.qd, api.Bytes(k.req.Next())); err != nil {
		return err
	}
	_, err := c.Pop(k.qd)
	return err
}

func (c *crowd) handle(r *api.QResult) error {
	if r.Err != nil {
		return fmt.Errorf("%v: %w", r.Opcode, r.Err)
	}
	k := c.byQD[r.QD]
	switch r.Opcode {
	case api.OpConnect:
		c.waiting--
		return c.send(k)
	case api.OpPop:
		return c.received(k, r)
	}
	return nil
}

func (c *crowd) received(k *member, r *api.QResult) error {
	if r.N == 0 {
		return errEnd
	}
	n, err := c.take(r, k.reply[k.got:])
	if err != nil {
		return err
	}
	if k.got += n; k.got < len(k.reply) {
		_, err := c.Pop(k.qd)
		return err
	}
	c.waiting--
	intact := k.req.Intact(k.reply)
	if c.m == nil {
		if !intact {
			return errors.New("a connection was answered with wrong bytes")
		}
		return nil
	}
	now := time.Now()
	if err := c.m.Answered(now.Sub(k.start), intact); err != nil {
		return err
	}
	if now.Before(c.end) {
		return c.send(k)
	}
	return nil
}

// close closes the connections in order, a few at once, so that the server is left with none. What does not close in time
// ends with the runtime.
func (c *crowd) close() error {
	limit := time.Now().Add(crowdClose)
	for started := 0; c.closed < len(c.members) && time.Now().Before(limit); {
		for ; started < len(c.members) && started-c.closed < load.Opening; started++ {
			if _, err := c.CloseQueue(c.members[started].qd); err != nil {
				return err
			}
		}
		// The context is over: wait would not wait.
		n, err := c.WaitNext(c.results[:], max(0, time.Until(limit)))
		if err != nil && !errors.Is(err, syscall.EINTR) && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		for i := range c.results[:n] {
			if c.results[i].Opcode == api.OpClose {
				c.closed++
			}
		}
	}
	return nil
}
