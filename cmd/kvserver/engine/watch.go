package engine

import "github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"

// A watchKey is a key of a database.
type watchKey struct {
	db  int
	key string
}

func watch(c *Call) {
	s := c.S
	if s.multi.on {
		c.Error("ERR WATCH inside MULTI is not allowed")
		return
	}
	if !s.multi.broken { // else EXEC fails anyhow
		for _, key := range c.Args[1:] {
			c.E.watch(s, watchKey{s.db.ID, string(key)})
		}
	}
	c.Out.OK()
}

func (e *Engine) watch(s *Session, k watchKey) {
	set := e.watched[k]
	if _, already := set[s]; already {
		return
	}
	if set == nil {
		set = map[*Session]struct{}{}
		e.watched[k] = set
	}
	// A key that is due when it is watched counts as absent, so that its removal later is no change.
	e.Store.DB(k.db).Peek([]byte(k.key))
	set[s] = struct{}{}
	s.multi.watching = append(s.multi.watching, k)
}

func unwatch(c *Call) {
	c.E.unwatch(c.S)
	c.Out.OK()
}

func (e *Engine) unwatch(s *Session) {
	for _, k := range s.multi.watching {
		set := e.watched[k]
		delete(set, s)
		if len(set) == 0 {
			delete(e.watched, k)
		}
	}
	s.multi.watching = s.multi.watching[:0]
	s.multi.broken = false
}

// touch fails the transactions that watch a key.
func (e *Engine) touch(db *keyspace.DB, key []byte) {
	if len(e.watched) == 0 {
		return
	}
	for s := range e.watched[watchKey{db.ID, string(key)}] {
		s.multi.broken = true
	}
}

// Touch fails the transactions that watch a key: a second one that a command has changed.
func (e *Engine) Touch(db *keyspace.DB, key []byte) { e.touch(db, key) }

// TouchAll fails the transactions that watch a key of a database that exists in it, or in other: what FLUSHDB and SWAPDB
// change. other may be nil.
func (e *Engine) TouchAll(db, other *keyspace.DB) {
	for k, set := range e.watched {
		if k.db != db.ID {
			continue
		}
		key := []byte(k.key)
		if !db.Peek(key).Exists() && (other == nil || !other.Peek(key).Exists()) {
			continue
		}
		for s := range set {
			s.multi.broken = true
		}
	}
}

// watchedExpired removes the watched keys that are due, which breaks the transaction.
func (e *Engine) watchedExpired(s *Session) bool {
	for _, k := range s.multi.watching {
		e.Store.DB(k.db).Peek([]byte(k.key))
	}
	return s.multi.broken
}
