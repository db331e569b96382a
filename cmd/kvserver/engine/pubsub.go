package engine

// subscriptions are those of a session.
type subscriptions struct {
	channels, patterns, shards map[string]struct{}
}

func (s *subscriptions) count() int { return len(s.channels) + len(s.patterns) + len(s.shards) }

// channels are the subscriptions of all sessions.
type channels struct {
	byName, byShard map[string]map[*Session]struct{}
	patterns        map[string]map[*Session]struct{}
}

func (c *channels) init() {
	c.byName, c.byShard = map[string]map[*Session]struct{}{}, map[string]map[*Session]struct{}{}
	c.patterns = map[string]map[*Session]struct{}{}
}

// A kind is one of the three ways to subscribe.
type kind struct {
	of      func(*subscriptions) *map[string]struct{}
	all     func(*channels) map[string]map[*Session]struct{}
	on, off string
	count   func(*subscriptions) int
}

var (
	byChannel = kind{
		of:  func(s *subscriptions) *map[string]struct{} { return &s.channels },
		all: func(c *channels) map[string]map[*Session]struct{} { return c.byName },
		on:  "subscribe", off: "unsubscribe",
		count: func(s *subscriptions) int { return len(s.channels) + len(s.patterns) },
	}
	byPattern = kind{
		of:  func(s *subscriptions) *map[string]struct{} { return &s.patterns },
		all: func(c *channels) map[string]map[*Session]struct{} { return c.patterns },
		on:  "psubscribe", off: "punsubscribe",
		count: func(s *subscriptions) int { return len(s.channels) + len(s.patterns) },
	}
	byShard = kind{
		of:  func(s *subscriptions) *map[string]struct{} { return &s.shards },
		all: func(c *channels) map[string]map[*Session]struct{} { return c.byShard },
		on:  "ssubscribe", off: "sunsubscribe",
		count: func(s *subscriptions) int { return len(s.shards) },
	}
)

// subscribe adds the channels in the arguments and confirms each.
func subscribe(c *Call, k *kind) {
	if k == &byShard && c.S.multi.running {
		c.Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client")
		return
	}
	for _, name := range c.Args[1:] {
		mine := k.of(&c.S.subs)
		if *mine == nil {
			*mine = map[string]struct{}{}
		}
		if _, already := (*mine)[string(name)]; !already {
			n := string(name)
			(*mine)[n] = struct{}{}
			all := k.all(&c.E.channels)
			if all[n] == nil {
				all[n] = map[*Session]struct{}{}
			}
			all[n][c.S] = struct{}{}
		}
		c.E.confirm(c.S, k, k.on, name)
	}
}

// confirm tells a session that it is subscribed, or not any more. It does so even if the session wants no replies.
func (e *Engine) confirm(s *Session, k *kind, what string, name []byte) {
	out := &s.Out
	if s.replyOff || s.skipThis {
		out = e.aside(s)
	}
	out.Push(3)
	out.BulkString(what)
	if name == nil {
		out.Null()
	} else {
		out.Bulk(name)
	}
	out.Int(int64(k.count(&s.subs)))
}

// unsubscribe removes the channels in the arguments, or all, and confirms each.
func unsubscribe(c *Call, k *kind) {
	if len(c.Args) > 1 {
		for _, name := range c.Args[1:] {
			c.E.leaveChannel(c.S, k, string(name))
			c.E.confirm(c.S, k, k.off, name)
		}
		return
	}
	mine := *k.of(&c.S.subs)
	if len(mine) == 0 {
		c.E.confirm(c.S, k, k.off, nil)
		return
	}
	for name := range mine {
		c.E.leaveChannel(c.S, k, name)
		c.E.confirm(c.S, k, k.off, []byte(name))
	}
}

func (e *Engine) leaveChannel(s *Session, k *kind, name string) {
	delete(*k.of(&s.subs), name)
	all := k.all(&e.channels)
	delete(all[name], s)
	if len(all[name]) == 0 {
		delete(all, name)
	}
}

func (e *Engine) unsubscribeAll(s *Session) {
	for _, k := range []*kind{&byChannel, &byPattern, &byShard} {
		for name := range *k.of(&s.subs) {
			e.leaveChannel(s, k, name)
		}
	}
}

// publish sends a message to subscribers and returns how many got it.
func (e *Engine) publish(channel, message []byte) int {
	n := 0
	for s := range e.channels.byName[string(channel)] {
		n++
		if s.ending() {
			continue
		}
		out := e.aside(s)
		out.Push(3)
		out.BulkString("message")
		out.Bulk(channel)
		out.Bulk(message)
		e.published(s)
	}
	for pattern, set := range e.channels.patterns {
		if len(set) == 0 || !Match(pattern, channel) {
			continue
		}
		for s := range set {
			n++
			if s.ending() {
				continue
			}
			out := e.aside(s)
			out.Push(4)
			out.BulkString("pmessage")
			out.BulkString(pattern)
			out.Bulk(channel)
			out.Bulk(message)
			e.published(s)
		}
	}
	return n
}

func (e *Engine) publishShard(channel, message []byte) int {
	n := 0
	for s := range e.channels.byShard[string(channel)] {
		n++
		if s.ending() {
			continue
		}
		out := e.aside(s)
		out.Push(3)
		out.BulkString("smessage")
		out.Bulk(channel)
		out.Bulk(message)
		e.published(s)
	}
	return n
}

func (e *Engine) published(s *Session) {
	e.attend(s)
	e.checkOutput(s)
}
