package resp

import (
	"errors"
	"math"
)

// The bounds of the protocol that cannot be configured.
const (
	maxLine         = 64 << 10      // of an inline command and of a header line, in bytes
	maxArgs         = math.MaxInt32 // in the header of a command
	maxArgsUnauth   = 10            // the same before a client has authenticated
	maxLenUnauth    = 16 << 10      // of an argument before a client has authenticated, in bytes
	defaultMaxBulk  = 512 << 20
	defaultMaxQuery = 1 << 30
)

// argCost is what an argument counts for in Limits.MaxQuery beside its bytes: the slice that names it.
const argCost = 24

// Limits bound what a client may send. They may be changed between two calls of Next.
type Limits struct {
	// MaxBulk is the longest argument in bytes (proto-max-bulk-len); 0 stands for 512 MiB.
	MaxBulk int64
	// MaxQuery bounds what one command may hold in bytes, its arguments and 24 for each of them
	// (client-query-buffer-limit); 0 stands for 1 GiB. An inline command is bounded by its 64 KiB alone.
	MaxQuery int64
	// Unauthenticated says that the client has to authenticate first: 10 arguments of 16 KiB are then the most.
	Unauthenticated bool
}

func (l *Limits) maxBulk() int64 {
	if l == nil || l.MaxBulk == 0 {
		return defaultMaxBulk
	}
	return l.MaxBulk
}

func (l *Limits) maxQuery() int64 {
	if l == nil || l.MaxQuery == 0 {
		return defaultMaxQuery
	}
	return l.MaxQuery
}

func (l *Limits) unauthenticated() bool { return l != nil && l.Unauthenticated }

// A ProtocolError says what was wrong in a request, in Redis's words. The connection is to be closed after its Reply.
type ProtocolError string

func (e ProtocolError) Error() string { return "Protocol error: " + string(e) }

// Reply is the text for Writer.Error.
func (e ProtocolError) Reply() string { return "ERR " + e.Error() }

// What a Parser finds wrong; the one that is missing names the byte that it met ("expected '$', got 'x'").
const (
	errCount       ProtocolError = "invalid multibulk length"
	errCountUnauth ProtocolError = "unauthenticated multibulk length"
	errCountLong   ProtocolError = "too big mbulk count string"
	errLen         ProtocolError = "invalid bulk length"
	errLenUnauth   ProtocolError = "unauthenticated bulk length"
	errLenLong     ProtocolError = "too big bulk count string"
	errInlineLong  ProtocolError = "too big inline request"
	errQuotes      ProtocolError = "unbalanced quotes in request"
)

// errType is the error for an argument that begins with c instead of '$'. A reply holds no line breaks.
func errType(c byte) ProtocolError {
	if c == '\r' || c == '\n' {
		c = ' '
	}
	return ProtocolError("expected '$', got '" + string([]byte{c}) + "'")
}

// ErrQueryLimit is the error of a command beyond Limits.MaxQuery. The connection is to be closed without a reply.
var ErrQueryLimit = errors.New("client query buffer limit exceeded")
