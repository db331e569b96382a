package engine

// A transaction is what MULTI has queued in a session.
type transaction struct {
	on       bool
	failed   bool // a command was refused: EXEC will not run
	running  bool // EXEC runs it
	queue    []queued
	bytes    int
	flags    Flags // of all commands in queue
	watching []watchKey
	broken   bool // a watched key has changed
}

type queued struct {
	cmd  *Command
	args [][]byte
}

// immediate are the commands that run within a transaction that is being queued.
var immediate = map[string]bool{"exec": true, "discard": true, "multi": true, "watch": true, "quit": true, "reset": true}

// queue keeps a copy of a command for EXEC.
func (e *Engine) queue(c *Call) {
	if c.Cmd.Flags&NoMulti != 0 {
		e.reject(c, c.Cmd, "ERR Command not allowed inside a transaction")
		return
	}
	if t := &c.S.multi; !t.failed && !t.broken { // else nothing of it will run
		t.queue = append(t.queue, queued{cmd: c.Cmd, args: c.copyArgs()})
		t.bytes += bytesOf(c.Args)
		t.flags |= c.Cmd.Flags
	}
	c.Out.Simple("QUEUED")
}

// copyArgs returns the arguments as memory that lasts.
func (c *Call) copyArgs() [][]byte {
	args := make([][]byte, len(c.Args))
	for i := range args {
		args[i] = c.Keep(i)
	}
	return args
}

func bytesOf(args [][]byte) int {
	n := 0
	for _, a := range args {
		n += len(a) + 24
	}
	return n
}

func multi(c *Call) {
	if c.S.multi.on {
		c.Error("ERR MULTI calls can not be nested")
		return
	}
	c.S.multi.on = true
	c.Out.OK()
}

func discard(c *Call) {
	if !c.S.multi.on {
		c.Error("ERR DISCARD without MULTI")
		return
	}
	c.E.endTransaction(c.S)
	c.Out.OK()
}

func (e *Engine) endTransaction(s *Session) {
	e.unwatch(s)
	s.multi = transaction{}
}

func exec(c *Call) {
	e, s := c.E, c.S
	t := &s.multi
	if !t.on {
		c.Error("ERR EXEC without MULTI")
		return
	}
	switch {
	case t.failed:
		e.endTransaction(s)
		c.Error("EXECABORT Transaction discarded because of previous errors.")
		return
	case t.broken || e.watchedExpired(s):
		e.endTransaction(s)
		c.Out.NullArray()
		return
	}
	queue := t.queue
	e.endTransaction(s)
	s.multi.running = true
	c.Out.Array(len(queue))
	for _, q := range queue {
		inner := e.enter()
		inner.S, inner.DB, inner.Cmd, inner.Args, inner.Out = s, s.db, q.cmd, q.args, c.Out
		e.run(inner)
		e.leave(inner)
	}
	s.multi.running = false
}

// InTransaction reports whether EXEC is running the command.
func (c *Call) InTransaction() bool { return c.S.multi.running }
