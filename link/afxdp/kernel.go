package afxdp

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// The oldest kernel: XDP bpf_link is 5.9, recvfrom on an XSK 5.11, XDP over veth with several queues is sound from 5.15.
const minMajor, minMinor = 5, 15

func checkKernel() error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return fmt.Errorf("read kernel version: %w", err)
	}
	return checkRelease(unix.ByteSliceToString(u.Release[:]))
}

// checkRelease refuses a release older than the minimum, and one that does not say.
func checkRelease(release string) error {
	major, minor, ok := parseRelease(release)
	if ok && (major > minMajor || major == minMajor && minor >= minMinor) {
		return nil
	}
	return &Error{
		Queue:  -1,
		Cause:  fmt.Sprintf("kernel %q is too old for AF_XDP as used here", release),
		Remedy: fmt.Sprintf("run Linux %d.%d or newer", minMajor, minMinor),
		Err:    syscall.EOPNOTSUPP,
	}
}

// parseRelease reads the first two numbers of a release such as "5.15.0-91-generic".
func parseRelease(s string) (major, minor int, ok bool) {
	major, s, ok = leadingNumber(s)
	if !ok || len(s) == 0 || s[0] != '.' {
		return 0, 0, false
	}
	minor, _, ok = leadingNumber(s[1:])
	return major, minor, ok
}

func leadingNumber(s string) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && i < 6 && '0' <= s[i] && s[i] <= '9'; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n, s[i:], i > 0
}
