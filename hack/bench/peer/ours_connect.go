package peer

import (
	"fmt"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// A visitor is one of the loops of the load connect: connect, a request, its reply, close, and again.
type visitor struct {
	qd    api.QD
	req   *load.Request
	reply []byte
	got   int
	start time.Time
}

// visits are all loops. A visit is over when its connection has been told to close; the stack finishes that meanwhile, as
// the kernel does after close(2).
type visits struct {
	*oursLoop
	p    load.Params
	m    *load.Meter
	byQD map[api.QD]*visitor
	end  time.Time
}

func driveVisits(l *oursLoop, p load.Params) (load.Result, error) {
	v := &visits{oursLoop: l, p: p, m: load.NewMeter(), byQD: make(map[api.QD]*visitor, p.Conns)}
	before := load.Mallocs()
	begin := time.Now()
	v.end = begin.Add(p.Duration)
	limit := v.end.Add(load.Grace)
	for i := range p.Conns {
		if err := v.visit(&visitor{req: load.NewRequest(i, p.Size), reply: make([]byte, p.Size)}); err != nil {
			return load.Result{}, err
		}
	}
	for len(v.byQD) > 0 {
		results, err := l.wait(time.Second)
		if err != nil {
			return load.Result{}, err
		}
		if len(results) == 0 && time.Now().After(limit) {
			return load.Result{}, fmt.Errorf("%d connections are not answered", len(v.byQD))
		}
		for i := range results {
			if err := v.handle(&results[i]); err != nil {
				return load.Result{}, err
			}
		}
	}
	res := load.Total(time.Since(begin), v.m)
	res.Mallocs = load.Mallocs() - before
	return res, nil
}

func (v *visits) visit(c *visitor) (err error) {
	c.start, c.got = time.Now(), 0
	if c.qd, err = v.connect(v.p.Addr); err == nil {
		v.byQD[c.qd] = c
	}
	return err
}

func (v *visits) handle(r *api.QResult) error {
	if r.Err != nil {
		return fmt.Errorf("%v: %w", r.Opcode, r.Err)
	}
	c := v.byQD[r.QD]
	switch r.Opcode {
	case api.OpConnect:
		if _, err := v.Push(r.QD, api.Bytes(c.req.Next())); err != nil {
			return err
		}
		_, err := v.Pop(r.QD)
		return err
	case api.OpPop:
		return v.received(c, r)
	}
	return nil
}

func (v *visits) received(c *visitor, r *api.QResult) error {
	if r.N == 0 {
		return errEnd
	}
	n, err := v.take(r, c.reply[c.got:])
	if err != nil {
		return err
	}
	if c.got += n; c.got < len(c.reply) {
		_, err := v.Pop(c.qd)
		return err
	}
	now := time.Now()
	if err := v.m.Answered(now.Sub(c.start), c.req.Intact(c.reply)); err != nil {
		return err
	}
	delete(v.byQD, c.qd)
	if _, err := v.CloseQueue(c.qd); err != nil {
		return err
	}
	if now.Before(v.end) {
		return v.visit(c)
	}
	return nil
}
