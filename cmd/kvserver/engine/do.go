package engine

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// Do runs one command of a session. The reply is appended to s.Out, unless the session blocks. args and their memory are
// lent until Do returns.
func (e *Engine) Do(s *Session, args [][]byte) { e.DoOwned(s, args, nil) }

// DoOwned is Do with arguments that the engine may keep: own(i) returns argument i as memory of its own, or false.
func (e *Engine) DoOwned(s *Session, args [][]byte, own func(i int) ([]byte, bool)) {
	if len(args) == 0 || s.Killed || s.CloseAfter {
		return
	}
	s.Active = e.now
	s.skipThis, s.skipNext = s.skipNext, false
	mark := s.begin()
	c := e.enter()
	c.S, c.DB, c.Args, c.Out, c.own = s, s.db, args, &s.Out, own
	e.process(c)
	e.leave(c)
	e.finish(s, mark)
	e.resume()
	e.serveReady()
}

// begin is called before a command of a session runs. What other commands or the command itself send to the session
// meanwhile is held back, as it must not get into the middle of the reply.
func (s *Session) begin() (mark int) {
	s.running = true
	return s.Out.Len()
}

// finish is called after a command of a session, whose reply begins at mark. What was held back goes before the reply.
func (e *Engine) finish(s *Session, mark int) {
	s.running = false
	if s.replyOff || s.skipThis {
		s.Out.Truncate(mark)
		s.skipThis = s.skipThis && s.block.on // the reply is to come
	}
	if s.held.Len() > 0 {
		reply := append([]byte(nil), s.Out.Bytes()[mark:]...)
		s.Out.Truncate(mark)
		s.Out.Raw(s.held.Bytes())
		s.Out.Raw(reply)
		s.held.Swap(nil)
	}
	if s.Killed { // by what it did; the rest of a transaction may have subscribed it anew
		e.forget(s)
	}
	if s.Out.Len() > 0 || s.CloseAfter {
		e.attend(s)
		if s.Out.Len() > 1<<14 {
			e.checkOutput(s)
		}
	}
}

// aside returns what messages to a session are written to.
func (e *Engine) aside(s *Session) *resp.Writer {
	if !s.running {
		if e.Buffer != nil && s.Out.Cap() == 0 {
			s.Out.Swap(e.Buffer())
		}
		return &s.Out
	}
	s.held.SetProto(s.Out.Proto())
	return &s.held
}

// enter takes a Call; they nest when a blocked session is served.
func (e *Engine) enter() *Call {
	if e.depth == len(e.calls) {
		e.calls = append(e.calls, &Call{E: e})
	}
	c := e.calls[e.depth]
	e.depth++
	return c
}

func (e *Engine) leave(c *Call) {
	e.depth--
	*c = Call{E: e}
}

// process decides whether a command may run, and runs or queues it.
func (e *Engine) process(c *Call) {
	s := c.S
	cmd := e.lookup(c.Args[0])
	if cmd == nil {
		e.reject(c, nil, unknown(c.Args))
		return
	}
	if cmd.subs != nil && len(c.Args) > 1 {
		sub := find(cmd.subs, c.Args[1])
		if sub == nil {
			e.reject(c, cmd, "ERR unknown subcommand '"+shown(c.Args[1], 128)+"'. Try "+strings.ToUpper(cmd.Name)+" HELP.")
			return
		}
		cmd = sub
	}
	c.Cmd = cmd
	if !cmd.fits(len(c.Args)) || cmd.Run == nil {
		e.reject(c, cmd, "ERR wrong number of arguments for '"+cmd.FullName()+"' command")
		return
	}
	if cmd.Flags&NoAuth == 0 && !e.Authenticated(s) {
		e.reject(c, cmd, "NOAUTH Authentication required.")
		return
	}
	if !e.admits(c) {
		e.reject(c, cmd, errOOM)
		return
	}
	if s.subs.count() > 0 && s.Out.Proto() == 2 && !cmd.among(subscribed) {
		e.reject(c, cmd, "ERR Can't execute '"+cmd.FullName()+
			"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context")
		return
	}
	if s.monitor { // counts as a replica to Redis
		if e.flags(c)&(Write|ReadOnly|MayReplicate) != 0 {
			e.reject(c, cmd, "ERR Replica can't interact with the keyspace")
			return
		}
	} else if e.paused(c) {
		return
	}
	if s.multi.on && !cmd.among(immediate) {
		e.queue(c)
		return
	}
	e.run(c)
}

// errOOM is the reply to commands that need memory when there is none.
const errOOM = "OOM command not allowed when used memory > 'maxmemory'."

// admits makes room if memory is short, and reports whether the command may run with what there is. What a transaction
// queues needs memory; whether EXEC does depends on what was queued.
func (e *Engine) admits(c *Call) bool {
	t := &c.S.multi
	flags := c.Cmd.Flags
	if t.on {
		switch {
		case c.Cmd.is("exec"):
			flags |= t.flags
		case !c.Cmd.among(closing):
			flags |= DenyOOM
		}
	}
	if e.Config.MaxMemory > 0 && !e.makeRoom() && flags&DenyOOM != 0 {
		return false
	}
	return flags&DenyOOM == 0 || !e.full()
}

// subscribed are the commands of a session of RESP2 that is subscribed, closing those that end a transaction.
var (
	subscribed = map[string]bool{"subscribe": true, "unsubscribe": true, "psubscribe": true, "punsubscribe": true,
		"ssubscribe": true, "sunsubscribe": true, "ping": true, "quit": true, "reset": true}
	closing = map[string]bool{"discard": true, "quit": true, "reset": true}
)

// reject replies an error before the command has run; a transaction that is being queued fails with it.
func (e *Engine) reject(c *Call, cmd *Command, text string) {
	if c.S.multi.on {
		c.S.multi.failed = true
	}
	if cmd != nil {
		cmd.Usage.Rejected++
		if cmd.is("exec") {
			e.endTransaction(c.S)
			text = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(text, "ERR ")
		}
	}
	c.Error(text)
}

// Shown returns argument i as Redis shows it in an error.
func (c *Call) Shown(i int) string { return shown(c.Args[i], len(c.Args[i])) }

// shown returns up to n bytes of an argument as Redis shows it in an error: to the first zero, as a string of C.
func shown(arg []byte, n int) string {
	if len(arg) > n {
		arg = arg[:n]
	}
	if i := bytes.IndexByte(arg, 0); i >= 0 {
		arg = arg[:i]
	}
	return string(arg)
}

// unknown is the error for a command that does not exist, with the beginning of its arguments.
func unknown(args [][]byte) string {
	if what, ok := unsupported[strings.ToLower(string(args[0]))]; ok {
		return fmt.Sprintf("ERR unknown command '%s': %s not supported by this server", args[0], what)
	}
	var b strings.Builder
	b.WriteString("ERR unknown command '" + shown(args[0], 128) + "', with args beginning with: ")
	start := b.Len()
	for _, arg := range args[1:] {
		left := 128 - (b.Len() - start)
		if left <= 0 {
			break
		}
		b.WriteString("'" + shown(arg, left) + "' ")
	}
	return b.String()
}

// sampling is how many calls of a fast command stand for one that is measured.
const sampling = 64

// run runs the command of c and accounts for it.
func (e *Engine) run(c *Call) {
	cmd := c.Cmd
	e.Stats.Commands++
	cmd.Usage.Calls++
	c.S.LastCmd = cmd
	e.Store.HideDue = e.Store.NoExpire && cmd.Flags&ReadOnly != 0
	var weight uint64 // how many calls this measurement stands for
	switch {
	case e.clock == nil:
	case cmd.Flags&Fast == 0 || e.Config.SlowlogLogSlowerThan < 1000 && e.Config.SlowlogLogSlowerThan >= 0:
		weight = 1
	case cmd.Usage.Calls%sampling == 1:
		weight = sampling
	}
	var from time.Time
	if weight > 0 {
		from = e.clock()
	}
	cmd.Run(c)
	if weight > 0 {
		took := e.clock().Sub(from)
		cmd.Usage.Micros += weight * uint64(took.Microseconds())
		e.measured(c, took)
	}
	if c.failed {
		cmd.Usage.Failed++
	}
	if len(e.monitors) > 0 { // now, so that EXEC comes behind what it has run
		e.feedMonitors(c)
	}
	e.settle()
}

// settle does what follows every command, and asks for a tick if the command has left work for it.
func (e *Engine) settle() {
	e.Store.Settle()
	if e.Store.Garbage() > 0 {
		e.wantTick(e.now)
	}
	if e.Store.NewExpiry {
		e.Store.NewExpiry = false
		e.wantTick(e.now + tickActive)
	}
}

func (e *Engine) countError(code string) {
	e.Stats.ErrorReplies++
	if _, known := e.Stats.Errors[code]; known || len(e.Stats.Errors) < 128 {
		e.Stats.Errors[code]++
	}
}
