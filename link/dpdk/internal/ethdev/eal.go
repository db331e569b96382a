//go:build dpdk && linux && cgo

package ethdev

// #include <stdlib.h>
// #include "ethdev.h"
import "C"

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Init starts EAL, on the calling thread, which must be locked to its goroutine: EAL pins it, and Init gives it its affinity
// back. forward sends what EAL says to stderr, too. It can succeed once in a process.
func Init(args []string, forward bool) error {
	var affinity unix.CPUSet
	if err := unix.SchedGetaffinity(0, &affinity); err != nil {
		return fmt.Errorf("sched_getaffinity: %w", err)
	}
	// EAL keeps pointers into its arguments, so they stay for the life of the process.
	argv := (*[1 << 16]*C.char)(C.calloc(C.size_t(len(args)+1), C.size_t(unsafe.Sizeof(uintptr(0)))))
	for i, a := range args {
		argv[i] = C.CString(a)
	}
	r := C.cat_eal_init(C.int(len(args)), &argv[0], flag(forward))
	eal := C.cat_errno()
	if err := unix.SchedSetaffinity(0, &affinity); err != nil {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	if r < 0 {
		if eal == 0 {
			eal = C.int(syscall.EIO)
		}
		return errno(-eal)
	}
	if err := errno(C.cat_gate_open()); err != nil {
		return fmt.Errorf("interrupt thread: %w", err)
	}
	return nil
}

// RuntimeDir is where EAL keeps the files that other processes find it by.
func RuntimeDir() string { return C.GoString(C.cat_runtime_dir()) }
