package afxdp

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	ebpflink "github.com/cilium/ebpf/link"
)

// The kernel releases an XSK and a bpf_link some time after they were closed or the process that had them died: a tenth of
// a second, and more than one on a busy machine, where network namespaces are removed too. Whoever opens next waits.
var releaseWait = 3 * time.Second // tests of what is not released shorten it

const releaseRetry = 5 * time.Millisecond

// retryBusy repeats fn while it fails with EBUSY and may, until releaseWait has passed.
func retryBusy(fn func() error, mayRetry func(error) bool) error {
	deadline := time.Now().Add(releaseWait)
	for {
		err := fn()
		if err == nil || !errors.Is(err, syscall.EBUSY) || !mayRetry(err) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(releaseRetry) // the kernel tells no one when it is done
	}
}

// attach attaches the program to the interface and reports whether it is generic. Another program is left alone.
func attach(p *program, ifindex int, mode string) (l ebpflink.Link, generic bool, err error) {
	try := func(flags ebpflink.XDPAttachFlags) error {
		return retryBusy(func() error {
			if err := foreignProgram(ifindex); err != nil {
				return err
			}
			l, err = ebpflink.AttachXDP(ebpflink.XDPOptions{Program: p.prog, Interface: ifindex, Flags: flags})
			if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EEXIST) {
				// Someone was faster; say who if the kernel can tell.
				if foreign := foreignProgram(ifindex); foreign != nil {
					return foreign
				}
				return fmt.Errorf("%w: %w", syscall.EBUSY, err)
			}
			return err
		}, releasing)
	}
	if mode != ModeGeneric {
		err = try(ebpflink.XDPDriverMode)
		if err == nil {
			return l, false, nil
		}
		if mode != ModeAuto || !errors.Is(err, syscall.EOPNOTSUPP) {
			return nil, false, attachError(err)
		}
	}
	if err = try(ebpflink.XDPGenericMode); err != nil {
		return nil, false, attachError(err)
	}
	return l, true, nil
}

// releasing reports whether the busy program may be what is left of a process like this one.
func releasing(err error) bool {
	var foreign *ForeignProgramError
	return !errors.As(err, &foreign) || foreign.Name == programName || foreign.Name == ""
}

// foreignProgram returns a *ForeignProgramError if the interface has a program.
func foreignProgram(ifindex int) error {
	info, err := readIfInfo(ifindex)
	if err != nil || info.xdpMode == 0 {
		return err
	}
	return &ForeignProgramError{ID: info.xdpID, Name: nameOfProgram(info.xdpID), Mode: info.modeName()}
}

// nameOfProgram returns an empty name when the program is gone or may not be looked at.
func nameOfProgram(id uint32) string {
	p, err := ebpf.NewProgramFromID(ebpf.ProgramID(id))
	if err != nil {
		return ""
	}
	defer p.Close()
	info, err := p.Info()
	if err != nil {
		return ""
	}
	return info.Name
}

func attachError(err error) error {
	e := &Error{Cause: "attach the XDP program", Err: plain(err)}
	var foreign *ForeignProgramError
	switch {
	case errors.As(err, &foreign):
		e.Err = foreign
		e.Cause = "another XDP program is attached and was left in place"
		e.Remedy = "detach it, or use another interface"
		if foreign.Name == programName {
			e.Remedy = "it is another Catamaran process: stop it, or open its queues from that process"
		}
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		e.Cause, e.Remedy = "no privilege to attach the XDP program", remedyProgram
	case errors.Is(err, syscall.ERANGE):
		e.Cause = "the driver cannot run an XDP program at the MTU of the interface or of its peer"
		e.Remedy = "lower that MTU, not only the one asked for (veth: the peer's, to at most 3506), or use mode generic"
	case errors.Is(err, syscall.EOPNOTSUPP):
		e.Cause = "the driver has no native XDP"
		e.Remedy = "use mode generic or auto"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.ENOMEM):
		e.Cause = "the driver has too few queues for XDP"
		e.Remedy = "give the interface as many receive queues as its peer has transmit queues, or use mode generic"
	}
	return e
}
