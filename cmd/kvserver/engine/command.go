package engine

import (
	"errors"
	"strings"
)

// Flags say what a command does, in the words of COMMAND INFO.
type Flags uint32

// Flags of a command.
const (
	Write        Flags = 1 << iota // may change keys
	ReadOnly                       // does not
	DenyOOM                        // may need memory: refused above maxmemory
	Admin                          // is about the server
	PubSub                         // is about channels
	NoMulti                        // not in a transaction
	Blocking                       // may block the session
	Fast                           // takes constant or logarithmic time
	NoAuth                         // before AUTH
	Loading                        // while a dataset is loaded
	Stale                          // on a replica without its master
	NoScript                       // not from scripts
	SkipMonitor                    // is not shown by MONITOR
	SkipSlowLog                    // is not kept by SLOWLOG
	MovableKeys                    // Keys says where its keys are
	MayReplicate                   // is passed on though it is no write
	AllowBusy                      // while a script runs
)

// FlagNames has the names by bit.
var FlagNames = [...]string{"write", "readonly", "denyoom", "admin", "pubsub", "no_multi", "blocking", "fast", "no_auth", "loading",
	"stale", "noscript", "skip_monitor", "skip_slowlog", "movablekeys", "may_replicate", "allow_busy"}

// A Command is one row of the command table.
type Command struct {
	Name  string // in lower case
	Arity int    // number of arguments with the name; at least that many if negative
	Flags Flags
	// First, Last and Step say where keys are: from argument First to Last (negative: from the end) by Step.
	First, Last, Step int
	// Keys returns the positions of keys where First, Last and Step cannot say it.
	Keys func(args [][]byte) ([]int, error)
	// Sub are the subcommands of a container, which has no Run of its own unless it can be called alone.
	Sub []Command
	Run func(c *Call)

	Group   string // as of COMMAND DOCS: string, list, ...
	Summary string
	Since   string

	Usage Usage

	parent *Command
	subs   map[string]*Command
}

// Usage counts the calls of a command.
type Usage struct {
	Calls, Micros, Rejected, Failed uint64
}

// FullName returns the name with its container: "config|get".
func (c *Command) FullName() string {
	if c.parent != nil {
		return c.parent.Name + "|" + c.Name
	}
	return c.Name
}

// is reports whether the command is the one of that name, and no subcommand.
func (c *Command) is(name string) bool { return c.parent == nil && c.Name == name }

// among reports whether the command is in a set of names, which are none of subcommands.
func (c *Command) among(names map[string]bool) bool { return c.parent == nil && names[c.Name] }

// Parent returns the container of a subcommand, or nil.
func (c *Command) Parent() *Command { return c.parent }

// own returns a copy for one engine.
func (c *Command) own(parent *Command) *Command {
	k := *c
	k.parent = parent
	k.Usage = Usage{}
	if len(c.Sub) > 0 {
		k.subs = map[string]*Command{}
		for i := range c.Sub {
			k.subs[c.Sub[i].Name] = c.Sub[i].own(&k)
		}
	}
	return &k
}

// Subcommand returns a subcommand by its name, or nil.
func (c *Command) Subcommand(name string) *Command { return c.subs[strings.ToLower(name)] }

// Subcommands calls fn for each.
func (c *Command) Subcommands(fn func(*Command)) {
	for i := range c.Sub {
		fn(c.subs[c.Sub[i].Name])
	}
}

// fits reports whether n arguments are a number that the command takes.
func (c *Command) fits(n int) bool { return n == c.Arity || c.Arity < 0 && n >= -c.Arity }

// KeyPositions returns where the keys are among args, which fit the arity.
func (c *Command) KeyPositions(args [][]byte) ([]int, error) {
	if c.Keys != nil {
		return c.Keys(args)
	}
	if c.First == 0 {
		return nil, nil
	}
	last := c.Last
	if last < 0 {
		last += len(args)
	}
	var list []int
	for i := c.First; i <= last && i < len(args); i += c.Step {
		list = append(list, i)
	}
	return list, nil
}

// recent has the commands that were looked up last, by a hash of their names: hashing and comparing a name as a map does
// takes longer than most commands.
type recent [64]*Command

// lookup finds a command by its name in any case, without allocation.
func (e *Engine) lookup(name []byte) *Command {
	if len(name) == 0 {
		return nil
	}
	const lower = 'a' - 'A' // makes no difference to the hash
	slot := &e.recent[(7*len(name)+int(name[0]|lower)+5*int(name[len(name)-1]|lower))%len(e.recent)]
	if *slot == nil || !sameName((*slot).Name, name) {
		c := find(e.commands, name)
		if c == nil {
			return nil
		}
		*slot = c
	}
	return *slot
}

// sameName reports whether name is that of a command, which is in lower case.
func sameName(of string, name []byte) bool {
	if len(of) != len(name) {
		return false
	}
	for i, ch := range name {
		if 'A' <= ch && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		if ch != of[i] {
			return false
		}
	}
	return true
}

func find(m map[string]*Command, name []byte) *Command {
	var buf [40]byte
	if len(name) > len(buf) {
		return nil
	}
	for i, ch := range name {
		if 'A' <= ch && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		buf[i] = ch
	}
	return m[string(buf[:len(name)])]
}

// Lookup returns a command by its name, or nil.
func (e *Engine) Lookup(name string) *Command { return e.lookup([]byte(name)) }

// Commands returns the command table. It is not to be changed.
func (e *Engine) Commands() map[string]*Command { return e.commands }

// NumKeys returns the positions of keys whose number is argument at and which follow it.
func NumKeys(args [][]byte, at int) ([]int, error) {
	if at >= len(args) {
		return nil, errNoKeys
	}
	n, ok := ParseInt(args[at])
	if !ok || n < 0 || n > int64(len(args)-at-1) {
		return nil, errNoKeys
	}
	list := make([]int, n)
	for i := range list {
		list[i] = at + 1 + i
	}
	return list, nil
}

var errNoKeys = errors.New("invalid number of keys")
