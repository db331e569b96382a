package main

import (
	"sync/atomic"
	"time"
)

const (
	quietTime    = 20 * time.Millisecond  // of silence after which all that had arrived at a signal has been answered
	answerTime   = 500 * time.Millisecond // for that, while clients go on to send,
	answerRounds = 64                     // but so many rounds at least: on a machine that is busy they may take long
	drainTime    = 5 * time.Second        // for clients to take what is on its way to them
	abortTime    = time.Second            // for cancelled operations to be returned
)

// stop answers what has arrived, sends the answers and closes. A second signal or drainTime ends what is left at once. After
// SHUTDOWN nothing more is answered, as with Redis.
func (s *server) stop(signals *atomic.Int32) error {
	until := func(limit time.Duration, done func() bool) error {
		for deadline := time.Now().Add(limit); !done() && time.Now().Before(deadline); {
			if _, err := s.step(max(0, time.Until(deadline))); err != nil {
				return err
			}
		}
		return nil
	}
	impatient := func() bool { return signals.Load() > 1 }
	gone := func() bool { return len(s.closes) == 0 && len(s.conns) == 0 }
	if err := s.answer(impatient); err != nil {
		return err
	}
	s.stopping = true
	s.close(s.listener)
	for _, c := range s.conns {
		s.finish(c)
	}
	if err := until(drainTime, func() bool { return gone() || impatient() }); err != nil {
		return err
	}
	for _, c := range s.conns {
		s.end(c)
	}
	for qt := range s.closes {
		if err := s.rt.Cancel(qt); err != nil {
			return err
		}
	}
	return until(abortTime, gone)
}

// answer goes on until nothing has come for quietTime: what clients had sent before the signal may still be on its way
// through the stack, and in the backlog of the listener.
func (s *server) answer(impatient func() bool) error {
	deadline := time.Now().Add(answerTime)
	for i := 0; s.fatal == nil && !s.engine.Stopping && !impatient() && (i < answerRounds || time.Now().Before(deadline)); i++ {
		from := time.Now()
		n, err := s.step(quietTime)
		if err != nil {
			return err
		}
		if n == 0 && time.Since(from) >= quietTime {
			return nil
		}
	}
	return nil
}
