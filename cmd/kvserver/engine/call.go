package engine

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// Error texts that several commands reply.
const (
	ErrWrongType  = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrSyntax     = "ERR syntax error"
	ErrNotInteger = "ERR value is not an integer or out of range"
	ErrNotFloat   = "ERR value is not a valid float"
	ErrNoKey      = "ERR no such key"
	ErrOutOfRange = "ERR value is out of range"
)

// A Call is one command that runs. It, its arguments and the replies' memory are lent to the command until it returns.
type Call struct {
	E    *Engine
	S    *Session
	DB   *keyspace.DB
	Cmd  *Command
	Args [][]byte // with the name, and the subcommand
	Out  *resp.Writer

	// Own returns an argument as memory that the command may keep, if it is that; else the command copies.
	own    func(i int) ([]byte, bool)
	ready  []byte // of a command that has been blocked: the key that it is served from
	failed bool
	secret []int // arguments that SLOWLOG and MONITOR do not show
}

// Arg returns argument i as text in lower case, to be compared with option names; i counts from 0, the name.
func (c *Call) Arg(i int) string { return strings.ToLower(string(c.Args[i])) }

// Is reports whether argument i is the word, which is in lower case, in any case.
func (c *Call) Is(i int, word string) bool { return sameName(word, c.Args[i]) }

// Keep returns argument i as memory that the command owns.
func (c *Call) Keep(i int) []byte {
	if c.own != nil {
		if b, ok := c.own(i); ok {
			return b
		}
	}
	return append([]byte{}, c.Args[i]...) // never nil, which stands for no argument
}

// Secret has argument i, a password, not be shown by SLOWLOG and MONITOR.
func (c *Call) Secret(i int) { c.secret = append(c.secret, i) }

// shown returns the arguments as SLOWLOG and MONITOR show them.
func (c *Call) shown() [][]byte {
	if len(c.secret) == 0 {
		return c.Args
	}
	args := slices.Clone(c.Args)
	for _, i := range c.secret {
		args[i] = []byte("(redacted)")
	}
	return args
}

// Error replies an error, text with its code: "ERR ...".
func (c *Call) Error(text string) {
	c.failed = true
	code, _, _ := strings.Cut(text, " ")
	c.E.countError(code)
	c.Out.Error(text)
}

// WrongSubcommand replies that a subcommand does not take these arguments, where Redis finds that out after its arity.
func (c *Call) WrongSubcommand() {
	c.Error("ERR unknown subcommand or wrong number of arguments for '" + shown(c.Args[1], 128) + "'. Try " +
		strings.ToUpper(string(c.Args[0])) + " HELP.")
}

// Syntax replies that an option is not known or not complete.
func (c *Call) Syntax() { c.Error(ErrSyntax) }

// Read returns the entry of a key for reading. It replies WRONGTYPE and returns false if the key is of another type; a key
// that does not exist is an Entry that does not exist, and true.
func (c *Call) Read(key []byte, t keyspace.Type) (keyspace.Entry, bool) {
	return c.typed(c.DB.Read(key), t)
}

// Find is Read for a command that changes the key.
func (c *Call) Find(key []byte, t keyspace.Type) (keyspace.Entry, bool) {
	if c.ready != nil && !bytes.Equal(key, c.ready) && c.E.waitsFor(c.S, c.DB, key) {
		return keyspace.Entry{}, true
	}
	return c.typed(c.DB.Find(key), t)
}

func (c *Call) typed(e keyspace.Entry, t keyspace.Type) (keyspace.Entry, bool) {
	if e.Exists() && t != keyspace.Any && e.Type() != t {
		c.Error(ErrWrongType)
		return keyspace.Entry{}, false
	}
	return e, true
}

// Int parses argument i. It replies an error and returns false if that is no integer of 64 bits.
func (c *Call) Int(i int) (int64, bool) {
	n, ok := ParseInt(c.Args[i])
	if !ok {
		c.Error(ErrNotInteger)
	}
	return n, ok
}

// Float parses argument i. It replies an error and returns false if that is no number.
func (c *Call) Float(i int) (float64, bool) {
	f, ok := ParseFloat(c.Args[i])
	if !ok {
		c.Error(ErrNotFloat)
	}
	return f, ok
}

// ParseInt parses a decimal number of 64 bits as Redis does: no sign but -, no leading zeros, no spaces.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	if len(b) == 1 && b[0] == '0' {
		return 0, true
	}
	i, negative := 0, false
	if b[0] == '-' {
		negative, i = true, 1
		if len(b) == 1 {
			return 0, false
		}
	}
	if b[i] < '1' || b[i] > '9' {
		return 0, false
	}
	var n uint64
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 || n > (math.MaxUint64-uint64(d))/10 {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	switch {
	case negative && n <= 1<<63:
		return -int64(n), true
	case !negative && n <= math.MaxInt64:
		return int64(n), true
	}
	return 0, false
}

// maxDigits is how long a number may be: that of Redis for long doubles. The largest float64 has 309 digits.
const maxDigits = 5 << 10

// ParseFloat parses a number as Redis does: decimal or hexadecimal, inf, no NaN, no spaces.
func ParseFloat(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > maxDigits {
		return 0, false
	}
	hex, exponent := false, false
	for _, ch := range b {
		switch ch {
		case '_', ' ':
			return 0, false
		case 'x', 'X':
			hex = true
		case 'p', 'P':
			exponent = true
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil && hex && !exponent { // which C does not insist on
		f, err = strconv.ParseFloat(string(b)+"p0", 64)
	}
	if err != nil {
		// C's strtod takes what is too small as zero; what is too large is refused.
		if n, is := err.(*strconv.NumError); !is || n.Err != strconv.ErrRange || math.IsInf(f, 0) {
			return 0, false
		}
	}
	return f, !math.IsNaN(f)
}

// Modified is called after a change of a key: it counts the change, fails transactions that watch the key, and notifies
// subscribers of the event.
func (c *Call) Modified(key []byte, class Class, event string) {
	c.E.Stats.Dirty++
	c.E.touch(c.DB, key)
	c.E.Notify(class, event, key, c.DB)
}

// ModifiedIn is Modified for a key of another database.
func (c *Call) ModifiedIn(db *keyspace.DB, key []byte, class Class, event string) {
	c.E.Stats.Dirty++
	c.E.touch(db, key)
	c.E.Notify(class, event, key, db)
}

// Notify publishes an event of a key without counting a change.
func (c *Call) Notify(key []byte, class Class, event string) { c.E.Notify(class, event, key, c.DB) }

// Dirty counts n changes more, for commands that change several elements.
func (c *Call) Dirty(n int) { c.E.Stats.Dirty += uint64(n) }

// Ready is called after a key was made or given elements that sessions may be blocked on: lists and sorted sets.
func (c *Call) Ready(key []byte) { c.E.signal(c.DB, key) }

// ReadyIn is Ready for a key of another database.
func (c *Call) ReadyIn(db *keyspace.DB, key []byte) { c.E.signal(db, key) }

// Now returns the time in Unix milliseconds.
func (c *Call) Now() int64 { return c.E.now }
