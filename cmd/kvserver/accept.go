package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
)

const (
	acceptRetry = 10 * time.Millisecond // after an accept failed, as with EMFILE
	acceptTell  = 10 * time.Second      // between two lines in the log about that
)

// accept starts to wait for the next client.
func (s *server) accept() {
	if _, err := s.rt.Accept(s.listener); err != nil {
		s.cannotAccept(err)
	}
}

func (s *server) accepted(r *api.QResult) {
	switch {
	case r.Err == nil:
		s.welcome(r.NewQD)
		if s.keepAlive != s.engine.Config.TCPKeepAlive && !s.stopping {
			if err := s.setKeepAlive(); err != nil {
				s.engine.Logf("set tcp-keepalive: %v", err)
			}
		}
		if !s.stopping {
			s.accept()
		}
	case s.stopping && errors.Is(r.Err, syscall.ECANCELED):
	default:
		s.cannotAccept(r.Err)
	}
}

// cannotAccept tries again later: at once would spin until another connection has closed.
func (s *server) cannotAccept(err error) {
	if errors.Is(err, syscall.ENODEV) {
		s.fatal = fmt.Errorf("%w; the network interface was removed: make it again and start anew", err)
		return
	}
	if s.refused.IsZero() || s.now.Sub(s.refused) >= acceptTell {
		s.refused = s.now
		s.engine.Logf("accept: %v; trying again", err)
	}
	s.retryAt = s.now.Add(acceptRetry)
}

// setKeepAlive has the listener, and with it every connection that it accepts, probe silent peers as tcp-keepalive says.
func (s *server) setKeepAlive() error {
	s.keepAlive = s.engine.Config.TCPKeepAlive
	return s.rt.SetOption(s.listener, api.OptKeepAlive, int(min(s.keepAlive, maxKeepAlive)))
}

// maxKeepAlive is the most that tcp(7) takes for TCP_KEEPIDLE, in seconds.
const maxKeepAlive = 32767
