package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of the data path. None of them blocks, since every descriptor is O_NONBLOCK, and each moves a bounded number
// of bytes: so they are raw, without telling the Go scheduler. The wrappers of package unix allocate for addresses and
// vectors; these take them from fields of the engine.

// A sockaddr is a socket address as the kernel has it (ip(7), ipv6(7)).
type sockaddr struct {
	b [unix.SizeofSockaddrInet6]byte
	n uint32 // bytes used
}

// epollWait wraps epoll_pwait(2) without a wait and without a mask.
func epollWait(ep int, events []unix.EpollEvent) (int, unix.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&events[0])),
		uintptr(len(events)), 0, 0, 0)
	return int(n), errno
}

// recvFrom wraps recvfrom(2). from may be nil.
func recvFrom(fd int, p []byte, flags int, from *sockaddr) (int, unix.Errno) {
	var name, size unsafe.Pointer
	if from != nil {
		from.n = uint32(len(from.b))
		name, size = unsafe.Pointer(&from.b), unsafe.Pointer(&from.n)
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), uintptr(flags), uintptr(name), uintptr(size))
	return int(n), errno
}

// discard drops up to n bytes of a stream's receive queue without copying them (MSG_TRUNC in tcp(7)).
func discard(fd, n int) (int, unix.Errno) {
	m, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), 0, uintptr(n), unix.MSG_TRUNC, 0, 0)
	return int(m), errno
}

// sendTo wraps sendto(2). to may be nil.
func sendTo(fd int, p []byte, to *sockaddr) (int, unix.Errno) {
	var name unsafe.Pointer
	var size uint32
	if to != nil {
		name, size = unsafe.Pointer(&to.b), to.n
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), unix.MSG_NOSIGNAL, uintptr(name), uintptr(size))
	return int(n), errno
}

// sendMsg wraps sendmsg(2) over the first n entries of iov. It uses hdr and leaves it empty. to may be nil.
func sendMsg(fd int, hdr *unix.Msghdr, iov []unix.Iovec, to *sockaddr) (int, unix.Errno) {
	hdr.Iov = &iov[0]
	hdr.SetIovlen(len(iov))
	if to != nil {
		hdr.Name, hdr.Namelen = &to.b[0], to.n
	}
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(hdr)), unix.MSG_NOSIGNAL)
	*hdr = unix.Msghdr{}
	return int(n), errno
}

// setIov makes an entry of a vector name p.
func setIov(v *unix.Iovec, p []byte) {
	v.Base = unsafe.SliceData(p)
	v.SetLen(len(p))
}

// accept4 wraps accept4(2): the connection is non-blocking and close-on-exec.
func accept4(fd int, from *sockaddr) (int, unix.Errno) {
	from.n = uint32(len(from.b))
	n, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&from.b)),
		uintptr(unsafe.Pointer(&from.n)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), errno
}

func sysBind(fd int, a *sockaddr) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&a.b)), uintptr(a.n))
	return errno
}

func sysConnect(fd int, a *sockaddr) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&a.b)), uintptr(a.n))
	return errno
}

func getsockname(fd int, a *sockaddr) unix.Errno {
	a.n = uint32(len(a.b))
	_, _, errno := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&a.b)),
		uintptr(unsafe.Pointer(&a.n)))
	return errno
}

func getpeername(fd int, a *sockaddr) unix.Errno {
	a.n = uint32(len(a.b))
	_, _, errno := unix.RawSyscall(unix.SYS_GETPEERNAME, uintptr(fd), uintptr(unsafe.Pointer(&a.b)),
		uintptr(unsafe.Pointer(&a.n)))
	return errno
}

// An ifreq is the argument of the interface ioctls (netdevice(7)): a name and an index.
type ifreq struct {
	name  [unix.IFNAMSIZ]byte
	index int32
	_     [20]byte
}

func ioctlIfreq(fd int, request uintptr, r *ifreq) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(r)))
	return errno
}
