package engine

import (
	"cmp"
	"math"
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// blocking is a command that waits for a key. When one of its keys is ready the command is run again: if it has a result
// now the session goes on, else it keeps its place in the line.
type blocking struct {
	on       bool
	again    bool // the command has blocked once more while it was run again
	cmd      *Command
	args     [][]byte
	keys     []watchKey
	typ      keyspace.Type
	deadline int64 // Unix milliseconds; 0: none
	null     func(*Call)
}

// waiters are the sessions that wait for a key, the first to come first.
type waiters struct {
	line  []*Session
	ready bool // the key is in Engine.ready
}

// Block has the session wait until one of keys is ready and holds type t, and then runs the command again. After timeout
// milliseconds, 0 for never, null replies instead. Within a transaction null replies at once. Without keys the session waits
// for the timeout alone.
func (c *Call) Block(keys [][]byte, t keyspace.Type, timeout int64, null func(*Call)) {
	s := c.S
	if s.multi.running || s.Killed {
		null(c)
		return
	}
	b := &s.block
	if b.on { // run again, and still nothing
		b.again = true
		return
	}
	*b = blocking{on: true, cmd: c.Cmd, args: c.copyArgs(), typ: t, null: null}
	if timeout > 0 {
		b.deadline = c.E.now + timeout
		c.E.wantTick(b.deadline)
	}
	if len(keys) == 0 {
		c.E.wait(s, noKey)
	}
	for _, key := range keys {
		c.E.wait(s, watchKey{c.DB.ID, string(key)})
	}
}

// noKey is no key of any database: who waits for it waits for the time to pass.
var noKey = watchKey{db: -1}

// wait puts a session at the end of the line of a key, unless it has just been put there: a key may be named twice.
func (e *Engine) wait(s *Session, k watchKey) {
	w := e.waiting[k]
	if w != nil && w.line[len(w.line)-1] == s {
		return
	}
	s.block.keys = append(s.block.keys, k)
	if w == nil {
		w = &waiters{}
		e.waiting[k] = w
	}
	w.line = append(w.line, s)
}

// Timeout parses argument i, seconds with a fraction, into milliseconds. It replies an error and returns false if that is
// no time to wait.
func (c *Call) Timeout(i int) (int64, bool) {
	f, ok := ParseFloat(c.Args[i])
	ms := math.Ceil(f * 1000)
	switch {
	case !ok:
		c.Error("ERR timeout is not a float or out of range")
	case ms < 0 || math.IsInf(ms, 1) || ms > math.MaxInt64: // Redis's conversion to an integer makes that negative
		c.Error("ERR timeout is negative")
	case ms >= float64(math.MaxInt64-c.E.now):
		c.Error("ERR timeout is out of range")
	default:
		return int64(ms), true
	}
	return 0, false
}

// unblock takes a session out of all lines.
func (e *Engine) unblock(s *Session) {
	if !s.block.on {
		return
	}
	for _, k := range s.block.keys {
		w := e.waiting[k]
		if i := slices.Index(w.line, s); i >= 0 {
			w.line = slices.Delete(w.line, i, i+1)
		}
		if len(w.line) == 0 {
			delete(e.waiting, k)
		}
	}
	if s.block.keys == nil {
		e.pause.remove(s)
	}
	s.block = blocking{}
	s.Active = e.now // it has not been idle meanwhile
	e.attend(s)
}

// Unblock ends the wait of a session as its timeout would, or with an error if text is not empty. It reports whether the
// session was blocked.
func (e *Engine) Unblock(s *Session, text string) bool {
	if !s.block.on {
		return false
	}
	mark := s.begin()
	c := e.enter()
	c.S, c.DB, c.Cmd, c.Args, c.Out = s, s.db, s.block.cmd, s.block.args, &s.Out
	if text != "" {
		c.Error(text)
	} else {
		s.block.null(c)
	}
	e.leave(c)
	e.unblock(s)
	e.finish(s, mark)
	return true
}

// signal notes that a key may serve somebody.
func (e *Engine) signal(db *keyspace.DB, key []byte) {
	if len(e.waiting) == 0 {
		return
	}
	if w := e.waiting[watchKey{db.ID, string(key)}]; w != nil && !w.ready {
		w.ready = true
		e.ready = append(e.ready, watchKey{db.ID, string(key)})
	}
}

// SignalAll notes that every key of a database that somebody waits for may serve him: after SWAPDB.
func (e *Engine) SignalAll(db *keyspace.DB) {
	for k := range e.waiting {
		if k.db == db.ID {
			e.signal(db, []byte(k.key))
		}
	}
}

// serveReady serves the sessions that wait for keys that became ready, in the order in which they came. Serving one may
// make other keys ready, which are served too.
func (e *Engine) serveReady() {
	if len(e.ready) == 0 || e.serving {
		return
	}
	e.serving = true
	for i := 0; i < len(e.ready); i++ {
		k := e.ready[i]
		w := e.waiting[k]
		if w == nil {
			continue
		}
		w.ready = false
		e.serve(k, w)
	}
	e.ready = e.ready[:0]
	if cap(e.ready) > 1<<10 {
		e.ready = nil
	}
	e.serving = false
}

// serve lets the sessions that wait for a key have what it holds.
func (e *Engine) serve(k watchKey, w *waiters) {
	db := e.Store.DB(k.db)
	key := []byte(k.key)
	for at := 0; at < len(w.line); {
		entry := db.Peek(key)
		if !entry.Exists() {
			return
		}
		s := w.line[at]
		if s.block.typ == keyspace.Any || s.block.typ == entry.Type() {
			e.again(s, key)
		}
		if s.block.on {
			at = slices.Index(w.line, s) + 1
		}
	}
}

// again runs the command of a blocked session once more, for the one key that is ready: it finds nothing in the others that
// it waits for.
func (e *Engine) again(s *Session, key []byte) {
	s.block.again = false
	mark := s.begin()
	c := e.enter()
	c.S, c.DB, c.Cmd, c.Args, c.Out, c.ready = s, s.db, s.block.cmd, s.block.args, &s.Out, key
	c.Cmd.Run(c)
	e.leave(c)
	e.settle()
	if !s.block.again {
		e.unblock(s)
	}
	e.finish(s, mark)
}

// waitsFor reports whether the session is blocked on a key.
func (e *Engine) waitsFor(s *Session, db *keyspace.DB, key []byte) bool {
	w := e.waiting[watchKey{db.ID, string(key)}]
	return w != nil && slices.Contains(w.line, s)
}

// BlockedClients returns how many sessions are blocked.
func (e *Engine) BlockedClients() int {
	n := 0
	for _, s := range e.sessions {
		if s.block.on {
			n++
		}
	}
	return n
}

// expireBlocked ends the waits whose time is over.
func (e *Engine) expireBlocked() {
	var over []*Session
	for _, w := range e.waiting {
		for _, s := range w.line {
			if d := s.block.deadline; d != 0 {
				if d <= e.now {
					over = append(over, s)
				} else {
					e.wantTick(d)
				}
			}
		}
	}
	slices.SortFunc(over, func(a, b *Session) int {
		return cmp.Or(cmp.Compare(a.block.deadline, b.block.deadline), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range over {
		e.Unblock(s, "")
	}
}
