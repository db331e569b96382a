package libos

import "syscall"

// SockState is the state of a socket as far as its control calls go. Every network libOS keeps one a socket and asks it
// which errno a call deserves, so that the same mistake has the same errno everywhere.
type SockState uint8

const (
	SockUnbound SockState = iota
	SockBound
	SockListening
	SockConnecting
	SockConnected
	SockFailed // a connect failed or was cancelled; only Close is left
)

// BindErr returns the errno of a bind in this state, nil if it may go on.
func (s SockState) BindErr() error {
	if s != SockUnbound {
		return syscall.EINVAL
	}
	return nil
}

// ListenErr returns the errno of a listen on a stream socket.
func (s SockState) ListenErr() error {
	switch s {
	case SockBound:
		return nil
	case SockUnbound:
		return syscall.EDESTADDRREQ
	case SockListening, SockConnecting:
		return syscall.EADDRINUSE
	}
	return syscall.EINVAL
}

// AcceptErr returns the errno of an accept on a stream socket.
func (s SockState) AcceptErr() error {
	if s != SockListening {
		return syscall.EINVAL
	}
	return nil
}

// ConnectErr returns the errno of a connect on a stream socket.
func (s SockState) ConnectErr() error {
	switch s {
	case SockUnbound, SockBound:
		return nil
	case SockListening:
		return syscall.EOPNOTSUPP
	case SockConnecting:
		return syscall.EINPROGRESS
	case SockConnected:
		return syscall.EISCONN
	}
	return syscall.EINVAL
}

// DataErr returns the errno of a push, pop or shutdown on a stream socket.
func (s SockState) DataErr() error {
	if s != SockConnected {
		return syscall.ENOTCONN
	}
	return nil
}

// MaxBacklog is the largest backlog that a listen has; larger ones are clamped, those under 1 are 1.
const MaxBacklog = 4096

// ClampBacklog returns the backlog that Listen uses for n.
func ClampBacklog(n int) int { return max(1, min(n, MaxBacklog)) }
