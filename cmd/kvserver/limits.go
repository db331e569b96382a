package main

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// filesReserved is how many descriptors are kept for everything but clients: the runtime, the listener, sockets that are
// closed and still deliver, files.
const filesReserved = 64

// raiseFiles raises the limit of open files to the hard limit, once. The function that it returns says of a number of
// clients for how many of them that is enough.
func raiseFiles() (room func(clients int) int, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, fmt.Errorf("read the limit of open files: %w", err)
	}
	if limit.Cur < limit.Max {
		limit.Cur = limit.Max
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			return nil, fmt.Errorf("raise the limit of open files to %d: %w", limit.Max, err)
		}
	}
	return func(clients int) int { return min(clients, roomIn(limit.Cur)) }, nil
}

// roomIn returns how many clients a limit of open files allows, at least one.
func roomIn(files uint64) int {
	return int(min(max(files, filesReserved+1)-filesReserved, math.MaxInt32))
}
