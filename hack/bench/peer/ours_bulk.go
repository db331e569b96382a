package peer

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// bulkPushes is how many records the client has in flight: enough for the stack to have one while another completes.
const bulkPushes = 4

// serveBulk receives streams of records until the context ends.
func serveBulk(l *oursLoop, addr netip.AddrPort, ready func() error) error {
	listener, err := l.Socket(api.AF_INET, api.SOCK_STREAM)
	if err != nil {
		return err
	}
	if err := l.Bind(listener, addr); err != nil {
		return err
	}
	if err := l.Listen(listener, 128); err != nil {
		return err
	}
	if _, err := l.Accept(listener); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	streams := map[api.QD]*load.Sink{}
	for {
		results, err := l.wait(api.Forever)
		if l.ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range results {
			r := &results[i]
			switch r.Opcode {
			case api.OpAccept:
				if r.Err != nil {
					return fmt.Errorf("accept: %w", r.Err)
				}
				streams[r.NewQD] = &load.Sink{}
				if _, err := l.Accept(listener); err != nil {
					return err
				}
				if _, err := l.Pop(r.NewQD); err != nil {
					return err
				}
			case api.OpPop:
				more, err := l.sink(r, streams[r.QD])
				if err != nil {
					fmt.Fprintln(os.Stderr, "connection:", err)
				}
				if !more {
					delete(streams, r.QD)
					if _, err := l.CloseQueue(r.QD); err != nil {
						return err
					}
				}
			}
		}
	}
}

// sink takes what a pop brought and reports whether more of the stream can come.
func (l *oursLoop) sink(r *api.QResult, s *load.Sink) (more bool, err error) {
	if r.Err != nil || r.N == 0 {
		return false, r.Err
	}
	for i := range r.SGA.NumSegs() {
		_, e := s.Write(r.SGA.Seg(i).Data)
		err = errors.Join(err, e)
	}
	if err = errors.Join(err, l.Free(r.SGA)); err != nil {
		return false, err
	}
	if reply, ok := s.Reply(); ok {
		// A few bytes: the stack has copied them when the push completes, and the client ends the connection.
		if _, err := l.Push(r.QD, api.Bytes(reply)); err != nil {
			return false, err
		}
	}
	_, err = l.Pop(r.QD)
	return err == nil, err
}

// A bulkClient is the state of one stream. Records lie in memory of the runtime and are reused when their push completes;
// pushes of one queue complete in order.
type bulkClient struct {
	*oursLoop
	qd        api.QD
	records   [bulkPushes]api.SGArray
	sent      uint64
	completed uint64
	end       time.Time
	last      bool
	reply     [load.ReplySize]byte
	got       int
}

func driveBulk(l *oursLoop, p load.Params) (_ load.Result, err error) {
	b := &bulkClient{oursLoop: l}
	for i := range b.records {
		if b.records[i], err = l.Alloc(load.RecordSize); err != nil {
			return load.Result{}, err
		}
		defer func() { err = errors.Join(err, l.Free(b.records[i])) }()
	}
	if b.qd, err = l.connect(p.Addr); err != nil {
		return load.Result{}, err
	}
	begin := time.Now()
	limit := begin.Add(p.Duration + load.Grace)
	b.end = begin.Add(p.Duration)
	for b.got < len(b.reply) {
		results, err := l.wait(time.Second)
		if err != nil {
			return load.Result{}, err
		}
		if len(results) == 0 && time.Now().After(limit) {
			return load.Result{}, fmt.Errorf("no reply to %d records", b.sent)
		}
		for i := range results {
			if r := &results[i]; r.Opcode == api.OpConnect {
				begin = time.Now()
				b.end = begin.Add(p.Duration)
			}
			if err := b.handle(&results[i]); err != nil {
				return load.Result{}, err
			}
		}
	}
	return load.Delivered(b.sent, b.reply[:], time.Since(begin))
}

func (b *bulkClient) handle(r *api.QResult) error {
	if r.Err != nil {
		return fmt.Errorf("%v: %w", r.Opcode, r.Err)
	}
	switch r.Opcode {
	case api.OpConnect:
		if _, err := b.Pop(b.qd); err != nil {
			return err
		}
	case api.OpPush:
		b.completed++
	case api.OpPop:
		if r.N == 0 {
			return errEnd
		}
		n, err := b.take(r, b.reply[b.got:])
		if b.got += n; err != nil || b.got == len(b.reply) {
			return err
		}
		if _, err := b.Pop(b.qd); err != nil {
			return err
		}
	}
	return b.push()
}

// push sends records while there is memory for one.
func (b *bulkClient) push() error {
	for !b.last && b.sent-b.completed < bulkPushes {
		b.last = !time.Now().Before(b.end)
		sga := b.records[b.sent%bulkPushes]
		load.Record(sga.Seg(0).Data, b.sent, b.last)
		if _, err := b.Push(b.qd, sga); err != nil {
			return err
		}
		b.sent++
	}
	return nil
}
