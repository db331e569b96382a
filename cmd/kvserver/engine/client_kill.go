package engine

import (
	"cmp"
	"maps"
	"slices"
)

// byID returns the sessions, the oldest first.
func (e *Engine) byID() []*Session {
	return slices.SortedFunc(maps.Values(e.sessions), func(a, b *Session) int { return cmp.Compare(a.ID, b.ID) })
}

// A filter says which sessions CLIENT KILL closes; what is nil, empty or 0 does not matter.
type filter struct {
	remote, local *string // an empty address is that of no session
	kind          string
	id            uint64
	keepMe        bool
}

func (f *filter) matches(s, me *Session) bool {
	return (f.remote == nil || s.Remote.String() == *f.remote) &&
		(f.local == nil || s.Local.String() == *f.local) &&
		(f.kind == "" || kindOf(s) == f.kind) &&
		(f.id == 0 || s.ID == f.id) &&
		!(f.keepMe && s == me)
}

func clientKill(c *Call) {
	if len(c.Args) == 3 {
		remote := string(c.Args[2])
		f := filter{remote: &remote}
		if c.E.kill(&f, c.S) == 0 {
			c.Error("ERR No such client")
			return
		}
		c.Out.OK()
		return
	}
	f := filter{keepMe: true}
	if len(c.Args)%2 != 0 {
		c.Syntax()
		return
	}
	for i := 2; i < len(c.Args); i += 2 {
		value := string(c.Args[i+1])
		switch c.Arg(i) {
		case "id":
			id, ok := ParseInt(c.Args[i+1])
			if !ok || id <= 0 {
				c.Error("ERR client-id should be greater than 0")
				return
			}
			f.id = uint64(id)
		case "type":
			f.kind = c.Arg(i + 1)
			if !sessionKind(f.kind) {
				c.Error("ERR Unknown client type '" + value + "'")
				return
			}
		case "addr":
			f.remote = &value
		case "laddr":
			f.local = &value
		case "user":
			if value != "default" {
				c.Error("ERR No such user '" + value + "'")
				return
			}
		case "skipme":
			switch c.Arg(i + 1) {
			case "yes":
				f.keepMe = true
			case "no":
				f.keepMe = false
			default:
				c.Syntax()
				return
			}
		default:
			c.Syntax()
			return
		}
	}
	c.Out.Int(int64(c.E.kill(&f, c.S)))
}

// kill closes the sessions that match and returns how many there were. The one that asks gets its reply first.
func (e *Engine) kill(f *filter, me *Session) int {
	n := 0
	for _, s := range e.byID() {
		if !f.matches(s, me) {
			continue
		}
		n++
		if s == me {
			s.CloseAfter = true
		} else {
			e.Kill(s)
		}
	}
	return n
}
