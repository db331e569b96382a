package engine

import "crypto/subtle"

const errWrongPass = "WRONGPASS invalid username-password pair or user is disabled."

// passes reports whether a user and password are right: the only user is "default", whose password is requirepass.
func (e *Engine) passes(user string, password []byte) bool {
	want := e.Config.RequirePass
	right := want == "" || subtle.ConstantTimeCompare(password, []byte(want)) == 1
	return right && user == "default"
}

func auth(c *Call) {
	if len(c.Args) > 3 {
		c.Syntax()
		return
	}
	for i := range c.Args[1:] {
		c.Secret(1 + i)
	}
	user, password := "default", c.Args[len(c.Args)-1]
	if len(c.Args) == 3 {
		user = string(c.Args[1])
	} else if c.E.Config.RequirePass == "" {
		c.Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
		return
	}
	if !c.E.passes(user, password) {
		c.Error(errWrongPass)
		return
	}
	c.S.authenticated = true
	c.Out.OK()
}

func hello(c *Call) {
	proto := int64(c.Out.Proto())
	next := 1
	if len(c.Args) > 1 {
		n, ok := ParseInt(c.Args[1])
		if !ok {
			c.Error("ERR Protocol version is not an integer or out of range")
			return
		}
		if n != 2 && n != 3 {
			c.Error("NOPROTO unsupported protocol version")
			return
		}
		proto, next = n, 2
	}
	for next < len(c.Args) {
		left := len(c.Args) - next - 1
		switch {
		case c.Is(next, "auth") && left >= 2:
			c.Secret(next + 1)
			c.Secret(next + 2)
			if !c.E.passes(string(c.Args[next+1]), c.Args[next+2]) {
				c.Error(errWrongPass)
				return
			}
			c.S.authenticated = true // even if an option behind is wrong
			next += 3
		case c.Is(next, "setname") && left >= 1:
			name := string(c.Args[next+1])
			if !validName(name) {
				c.Error(errClientName)
				return
			}
			c.S.Name = name // even if an option behind is wrong
			next += 2
		default:
			c.Error("ERR Syntax error in HELLO option '" + c.Shown(next) + "'")
			return
		}
	}
	if !c.E.Authenticated(c.S) {
		c.Error("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
		return
	}
	c.Out.SetProto(int(proto))
	c.Out.Map(7)
	c.Out.BulkString("server")
	c.Out.BulkString("redis")
	c.Out.BulkString("version")
	c.Out.BulkString(RedisVersion)
	c.Out.BulkString("proto")
	c.Out.Int(proto)
	c.Out.BulkString("id")
	c.Out.Int(int64(c.S.ID))
	c.Out.BulkString("mode")
	c.Out.BulkString("standalone")
	c.Out.BulkString("role")
	c.Out.BulkString("master")
	c.Out.BulkString("modules")
	c.Out.Array(0)
}

// RedisVersion is the version of Redis whose behaviour is followed.
const RedisVersion = "7.0.15"

const errClientName = "ERR Client names cannot contain spaces, newlines or special characters."

func validName(name string) bool {
	for i := range len(name) {
		if name[i] < '!' || name[i] > '~' {
			return false
		}
	}
	return true
}

// reset puts a session back to what it was when it connected, but for CLIENT NO-EVICT, as with Redis.
func reset(c *Call) {
	e, s := c.E, c.S
	e.endTransaction(s)
	e.unsubscribeAll(s)
	delete(e.monitors, s)
	s.monitor, s.replyOff, s.skipNext = false, false, false
	s.Name = ""
	s.db = e.Store.DB(0)
	s.Out.SetProto(2)
	s.authenticated = e.Config.RequirePass == ""
	c.Out.Simple("RESET")
}
