package engine

import "time"

// A SlowCall is an entry of the slow log.
type SlowCall struct {
	ID     int64
	At     int64 // Unix seconds
	Micros int64
	Args   [][]byte // shortened
	Remote string
	Name   string
}

// slowlog keeps the last slow commands, the oldest first.
type slowlog struct {
	nextID int64
	calls  []SlowCall
}

const (
	slowArgs   = 32  // arguments kept
	slowLength = 128 // bytes of each
)

// latency has what LATENCY tells: the time series of the event "command" and "fast-command".
type latency struct {
	events map[string]*LatencyEvent
}

// A LatencyEvent is the history of one kind of event.
type LatencyEvent struct {
	Samples []LatencySample // at most 160, the oldest first
	Max     int64           // milliseconds
}

// A LatencySample is the worst of one second.
type LatencySample struct{ At, Millis int64 }

const latencySamples = 160

// measured takes note of how long a command took.
func (e *Engine) measured(c *Call, took time.Duration) {
	micros := took.Microseconds()
	if limit := e.Config.LatencyMonitorThreshold; limit > 0 && micros >= limit*1000 {
		event := "command"
		if c.Cmd.Flags&Fast != 0 {
			event = "fast-command"
		}
		e.latency.add(event, e.now/1000, micros/1000)
	}
	limit := e.Config.SlowlogLogSlowerThan
	if limit < 0 || micros < limit || e.Config.SlowlogMaxLen <= 0 || c.Cmd.Flags&SkipSlowLog != 0 {
		return
	}
	l := &e.slowlog
	call := SlowCall{ID: l.nextID, At: e.now / 1000, Micros: micros, Remote: c.S.Remote.String(), Name: c.S.Name}
	l.nextID++
	args := c.shown()
	for i, arg := range args {
		if i == slowArgs-1 && len(args) > slowArgs {
			call.Args = append(call.Args, []byte("... ("+itoa(len(args)-slowArgs+1)+" more arguments)"))
			break
		}
		if len(arg) > slowLength {
			arg = append(append([]byte(nil), arg[:slowLength]...), []byte("... ("+itoa(len(arg)-slowLength)+" more bytes)")...)
		} else {
			arg = append([]byte(nil), arg...)
		}
		call.Args = append(call.Args, arg)
	}
	l.calls = append(l.calls, call)
	e.trimSlowlog()
}

func (e *Engine) trimSlowlog() {
	calls := e.slowlog.calls
	if more := int64(len(calls)) - max(0, e.Config.SlowlogMaxLen); more > 0 {
		clear(calls[:more]) // their arguments
		e.slowlog.calls = calls[more:]
	}
}

// Slowlog returns the slow commands, the oldest first.
func (e *Engine) Slowlog() []SlowCall {
	e.trimSlowlog()
	return e.slowlog.calls
}

// ResetSlowlog forgets them.
func (e *Engine) ResetSlowlog() { e.slowlog.calls = nil }

// LatencyEvents returns the history by event. It is not to be kept.
func (e *Engine) LatencyEvents() map[string]*LatencyEvent { return e.latency.events }

// ResetLatency forgets the history of an event and reports whether there was one.
func (e *Engine) ResetLatency(event string) bool {
	_, ok := e.latency.events[event]
	delete(e.latency.events, event)
	return ok
}

func (l *latency) add(event string, second, millis int64) {
	if l.events == nil {
		l.events = map[string]*LatencyEvent{}
	}
	ev := l.events[event]
	if ev == nil {
		ev = &LatencyEvent{}
		l.events[event] = ev
	}
	ev.Max = max(ev.Max, millis)
	if n := len(ev.Samples); n > 0 && ev.Samples[n-1].At == second {
		ev.Samples[n-1].Millis = max(ev.Samples[n-1].Millis, millis)
		return
	}
	ev.Samples = append(ev.Samples, LatencySample{second, millis})
	if len(ev.Samples) > latencySamples {
		ev.Samples = ev.Samples[1:]
	}
}
