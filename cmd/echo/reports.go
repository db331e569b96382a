package main

import "time"

// reports say when a server prints its counters while it runs.
type reports struct {
	every time.Duration
	at    time.Time // of the next one; zero: never
}

// newReports returns reports at an interval, and none if that is 0.
func newReports(every time.Duration) (r reports) {
	if every > 0 {
		r.every, r.at = every, time.Now().Add(every)
	}
	return r
}

// due reports whether it is time for one, and then sets the time of the next.
func (r *reports) due() bool {
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
