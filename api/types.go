package api

import (
	"syscall"

	"github.com/catamaran-os/catamaran/libos"
)

// The types of the calls, documented where they are defined.
type (
	QD      = libos.QD
	QToken  = libos.QToken
	QResult = libos.QResult
	SGArray = libos.SGArray
	Segment = libos.Segment
	Opcode  = libos.Opcode
	Stage   = libos.Stage
	Option  = libos.Option
	OpError = libos.OpError
	Idle    = libos.Idle
)

// Opcodes of results.
const (
	OpAccept  = libos.OpAccept
	OpConnect = libos.OpConnect
	OpPush    = libos.OpPush
	OpPop     = libos.OpPop
	OpClose   = libos.OpClose
)

// Stages of a completed push.
const (
	Buffered = libos.Buffered
	Sent     = libos.Sent
	Durable  = libos.Durable
)

// Socket options.
const (
	OptNoDelay       = libos.OptNoDelay
	OptKeepAlive     = libos.OptKeepAlive
	OptLinger        = libos.OptLinger
	OptSendBuffer    = libos.OptSendBuffer
	OptReceiveBuffer = libos.OptReceiveBuffer
)

// Idle policies.
const (
	Adaptive = libos.Adaptive
	Spin     = libos.Spin
	Block    = libos.Block
)

// Forever as the timeout of a wait call means none.
const Forever = libos.Forever

// Domains, types and directions of sockets.
const (
	AF_INET     = syscall.AF_INET
	AF_INET6    = syscall.AF_INET6
	SOCK_STREAM = syscall.SOCK_STREAM
	SOCK_DGRAM  = syscall.SOCK_DGRAM
	SHUT_RD     = syscall.SHUT_RD
	SHUT_WR     = syscall.SHUT_WR
	SHUT_RDWR   = syscall.SHUT_RDWR
)

// Bytes returns an array over memory of the Go heap, for Push.
func Bytes(b []byte) SGArray { return libos.Bytes(b) }

// Gather returns an array of the given segments, for Push.
func Gather(segs ...Segment) SGArray { return libos.Gather(segs...) }
