package libos

import (
	"syscall"
	"time"
	"unsafe"
)

// sysEpollPwait2 is epoll_pwait2(2), Linux 5.11: a timeout in nanoseconds. Its number is the same on all 64-bit architectures
// but mips64.
const sysEpollPwait2 = 441

// wait blocks until a registered descriptor is readable. timeout < 0: no timeout.
func (s *sleeper) wait(timeout time.Duration) (int, error) {
	var ts *syscall.Timespec
	if timeout >= 0 {
		t := syscall.NsecToTimespec(int64(timeout))
		ts = &t
	}
	n, _, errno := syscall.Syscall6(sysEpollPwait2, uintptr(s.ep), uintptr(unsafe.Pointer(&s.events[0])),
		uintptr(len(s.events)), uintptr(unsafe.Pointer(ts)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
