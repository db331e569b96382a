package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/catamaran-os/catamaran/api"
)

// reports say when a server prints its counters while it runs: at an interval, and when a signal asks for it.
type reports struct {
	every time.Duration
	at    time.Time // of the next one; zero: never
	asked atomic.Bool
}

// start begins an interval, if it is not 0.
func (r *reports) start(every time.Duration) {
	if every > 0 {
		r.every, r.at = every, time.Now().Add(every)
	}
}

// notify makes SIGUSR1 ask for a report and interrupt the runtime.
func (r *reports) notify(rt *api.Runtime) (stop func()) {
	ch := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(ch, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case <-ch:
				r.asked.Store(true)
				rt.Interrupt()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(ch); close(done) }
}

// due reports whether it is time for one, and then sets the time of the next.
func (r *reports) due() bool {
	if r.asked.CompareAndSwap(true, false) {
		return true
	}
	if r.every == 0 {
		return false
	}
	now := time.Now()
	if now.Before(r.at) {
		return false
	}
	r.at = now.Add(r.every)
	return true
}
