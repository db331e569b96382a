//go:build dpdk && linux && cgo

// Package ethdev is all of DPDK that link/dpdk uses, and all of its cgo. It makes no decisions: it calls DPDK, and turns what
// that returns into Go.
//
// One call of C receives a burst, and one sends a burst; both also give freed mbufs back to their pool. Polls and the handlers
// of EAL's interrupt thread exclude each other (gate.h).
package ethdev

/*
#cgo pkg-config: libdpdk
#cgo LDFLAGS: -lrte_net_ring
#cgo CFLAGS: -O3 -Wall -Wextra -DALLOW_EXPERIMENTAL_API
#cgo noescape cat_rx
#cgo nocallback cat_rx
#cgo noescape cat_tx
#cgo nocallback cat_tx
#cgo noescape cat_alloc
#cgo nocallback cat_alloc
#cgo noescape cat_port_stats
#cgo nocallback cat_port_stats
#cgo noescape cat_give
#cgo nocallback cat_give
#include <stdlib.h>
#include "ethdev.h"
*/
import "C"

import (
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

const (
	// Burst is the most frames of one call.
	Burst = C.CAT_BURST
	// MaxGive is the most mbufs that wait for the next call to go back to their pool.
	MaxGive = C.CAT_GIVE

	CsumGood = C.CAT_CSUM_GOOD
	CsumBad  = C.CAT_CSUM_BAD
)

// errno turns a negative errno of DPDK into an error, with what EAL or the driver said about it.
func errno(r C.int) error {
	if r >= 0 {
		return nil
	}
	e := syscall.Errno(-r)
	if e >= 1000 || r == -1 { // RTE_MIN_ERRNO, or a driver that tells no more
		e = syscall.EIO
	}
	return &Error{Errno: e, Said: Said()}
}

// An Error is a call of DPDK that failed.
type Error struct {
	Errno syscall.Errno
	Said  string // by EAL and drivers during the call, or ""
}

func (e *Error) Error() string {
	if e.Said == "" {
		return e.Errno.Error()
	}
	return e.Errno.Error() + " (" + e.Said + ")"
}

func (e *Error) Unwrap() error { return e.Errno }

// Said returns what EAL and drivers have said since the last call: the last lines that begin with who says them, as one line.
func Said() string {
	var b [8192]byte
	n := C.cat_log_take((*C.char)(unsafe.Pointer(&b[0])), C.int(len(b)))
	var lines []string
	for _, l := range strings.Split(string(b[:n]), "\n") {
		if l = strings.TrimSpace(l); spoken.MatchString(l) && !strings.HasPrefix(l, "Usage:") && !strings.HasPrefix(l, "TELEMETRY:") && !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines[max(0, len(lines)-4):], "; ")
}

// spoken: "EAL: No free hugepages", "eth_af_xdp: cannot", "memif_connect_client(): Failed", but not the help that EAL prints.
var spoken = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\(\))?: [^ ]`)
