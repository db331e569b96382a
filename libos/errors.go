package libos

import (
	"fmt"
)

// OpError is the error of a call or of a failed operation: what was asked, on which descriptor, and why it failed.
type OpError struct {
	Op  string // "push", "bind", ...
	QD  QD     // zero where there is none
	Err error  // unwraps to a syscall.Errno
}

// Error returns "push qd 3.1: broken pipe".
func (e *OpError) Error() string {
	if e.QD == 0 {
		return e.Op + ": " + e.Err.Error()
	}
	return fmt.Sprintf("%s qd %v: %v", e.Op, e.QD, e.Err)
}

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// String returns slot and generation as "3.1".
func (d QD) String() string { s, g := unpack(uint64(d)); return fmt.Sprintf("%d.%d", s, g) }

// String returns slot and generation as "3.1".
func (t QToken) String() string { s, g := unpack(uint64(t)); return fmt.Sprintf("%d.%d", s, g) }

func opErr(op string, qd QD, err error) error { return &OpError{Op: op, QD: qd, Err: err} }
