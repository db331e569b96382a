package afxdp

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Error is why an interface or a queue could not be opened, and what to do about it. Err is or wraps a syscall.Errno.
type Error struct {
	Interface string
	Queue     int    // -1 when the error is about the interface
	Cause     string // what is wrong
	Remedy    string // what to do, empty when Cause says it
	Err       error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("afxdp: ")
	if e.Interface != "" {
		b.WriteString(e.Interface)
		if e.Queue >= 0 {
			fmt.Fprintf(&b, " queue %d", e.Queue)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Cause)
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	if e.Remedy != "" {
		b.WriteString("; ")
		b.WriteString(e.Remedy)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ForeignProgramError is the cause when the interface has an XDP program that this device did not attach. The program
// is left in place. errors.Is(err, syscall.EBUSY) holds.
type ForeignProgramError struct {
	Name string // as the kernel knows it, empty when it cannot be read
	ID   uint32 // as "bpftool prog show id" takes it
	Mode string // "native", "generic", "offload", "multiple"
}

func (e *ForeignProgramError) Error() string {
	return fmt.Sprintf("%s XDP program %q with id %d", e.Mode, e.Name, e.ID)
}

func (e *ForeignProgramError) Unwrap() error { return syscall.EBUSY }

// at returns err as an Error that names the interface and the queue.
func at(err error, ifname string, queue int) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		e.Interface, e.Queue = ifname, queue
		return err
	}
	return &Error{Interface: ifname, Queue: queue, Cause: "open", Err: err}
}

// plain returns the errno in err, without the advice that others put around it, or err if there is none.
func plain(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

const (
	remedySocket  = "run as root or give the program CAP_NET_RAW (socket), CAP_NET_ADMIN and CAP_BPF (XDP program)"
	remedyProgram = "run as root or give the program CAP_NET_ADMIN and CAP_BPF"
)
