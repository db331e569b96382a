package peer

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// messageSize is the size of a message in bytes: a type of the channel's, so that it is moved by copy as in a queue.
const messageSize = 64

// batch is how many messages are moved between two looks at the clock.
const batch = 1024

// A message carries its number.
type message [messageSize]byte

// buffered is how many messages the buffered channel holds: as many as a memory queue does by default.
const buffered = 1024

// moveMessages calls move, which moves a message from one end to the other, until the duration is over. got is what has
// arrived.
func moveMessages(ctx context.Context, p load.Params, move func(m *message, got *message) error) (load.Result, error) {
	if p.Conns != 1 || p.Size != messageSize {
		return load.Result{}, fmt.Errorf("%d queues of messages of %d bytes: use 1 and %d", p.Conns, p.Size, messageSize)
	}
	var m, got message
	var res load.Result
	before := load.Mallocs()
	begin := time.Now()
	for time.Since(begin) < p.Duration && ctx.Err() == nil {
		for range batch {
			res.Requests++
			binary.LittleEndian.PutUint64(m[:], res.Requests)
			if err := move(&m, &got); err != nil {
				return res, err
			}
			if got != m {
				res.Mismatches++
			}
		}
	}
	res.Rate = float64(res.Requests) / time.Since(begin).Seconds()
	res.Mallocs = load.Mallocs() - before
	return res, ctx.Err()
}

// driveMessages pushes to a memory queue, pops, and waits for both.
func driveMessages(l *oursLoop, p load.Params) (load.Result, error) {
	qd, err := l.Queue(0)
	if err != nil {
		return load.Result{}, err
	}
	var tokens [2]api.QToken
	return moveMessages(l.ctx, p, func(m, got *message) (err error) {
		if tokens[0], err = l.Push(qd, api.Bytes(m[:])); err != nil {
			return err
		}
		if tokens[1], err = l.Pop(qd); err != nil {
			return err
		}
		if err := l.WaitAll(tokens[:], l.results[:2], api.Forever); err != nil {
			return err
		}
		for i := range tokens {
			if r := &l.results[i]; r.Err != nil {
				return r.Err
			}
		}
		_, err = l.take(&l.results[1], got[:])
		return err
	})
}

// driveBufferedChannel sends to a channel with room, and receives.
func driveBufferedChannel(ctx context.Context, c Config, p load.Params) (load.Result, error) {
	if c.Kind != load.Messages {
		return load.Result{}, unsupported("go-channel-buffered", c.Kind)
	}
	ch := make(chan message, buffered)
	return moveMessages(ctx, p, func(m, got *message) error {
		ch <- *m
		*got = <-ch
		return nil
	})
}

// driveChannel hands messages to a goroutine over a channel without room. The goroutine hands nothing back: a message has
// arrived when the next one can be sent, so that what is compared is the one before.
func driveChannel(ctx context.Context, c Config, p load.Params) (load.Result, error) {
	if c.Kind != load.Messages {
		return load.Result{}, unsupported("go-channel", c.Kind)
	}
	ch := make(chan message)
	wrong := make(chan uint64, 1)
	go func() {
		var want message
		var n, mismatches uint64
		for got := range ch {
			n++
			binary.LittleEndian.PutUint64(want[:], n)
			if got != want {
				mismatches++
			}
		}
		wrong <- mismatches
	}()
	res, err := moveMessages(ctx, p, func(m, got *message) error {
		ch <- *m
		*got = *m // the receiver compares
		return nil
	})
	close(ch)
	res.Mismatches += <-wrong
	return res, err
}

// serveNobody is the server of a peer that is within one process.
func serveNobody(context.Context, Config, func() error) error {
	return fmt.Errorf("this peer has no server: its client is both ends")
}
