package afxdp

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setsockopt wraps setsockopt(2) at level SOL_XDP.
func setsockopt[T any](fd, option int, v *T) error {
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option),
		uintptr(unsafe.Pointer(v)), unsafe.Sizeof(*v), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// getsockopt wraps getsockopt(2) at level SOL_XDP. A kernel that knows fewer fields leaves the rest of v as it is.
// It is a raw system call because the options read here never wait; length is the caller's so that it need not escape.
func getsockopt[T any](fd, option int, v *T, length *uint32) error {
	*length = uint32(unsafe.Sizeof(*v))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option),
		uintptr(unsafe.Pointer(v)), uintptr(unsafe.Pointer(length)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// registerUMEM lends the memory to the kernel, which pins it until the socket is gone.
func registerUMEM(fd int, mem []byte, frameSize int) error {
	reg := unix.XDPUmemReg{
		Addr: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(mem)))),
		Len:  uint64(len(mem)),
		Size: uint32(frameSize),
	}
	return setsockopt(fd, unix.XDP_UMEM_REG, &reg)
}

// wakeTX wraps sendto(2) without data: it makes the kernel look at the TX ring. It is a raw system call so that the Go
// scheduler is not told: MSG_DONTWAIT never waits, and telling it costs as much as a small transmit.
func wakeTX(fd int) syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
	return errno
}

// wakeRX wraps recvfrom(2) without a buffer: it makes a driver that asked for it look at the fill ring, and tells
// whether the device is up (ENETDOWN) and there (ENXIO). It receives nothing.
func wakeRX(fd int) syscall.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), 0, 0, unix.MSG_DONTWAIT, 0, 0)
	return errno
}

// ethtoolChannels is struct ethtool_channels of include/uapi/linux/ethtool.h.
type ethtoolChannels struct {
	cmd                                         uint32
	maxRX, maxTX, maxOther, maxCombined         uint32
	rxCount, txCount, otherCount, combinedCount uint32
}

// activeQueues returns how many queues the interface uses now, which bind(2) compares the queue's number with.
func activeQueues(ifname string) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	ch := ethtoolChannels{cmd: unix.ETHTOOL_GCHANNELS}
	// struct ifreq: the name, then a union that is a pointer here.
	var req struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [24 - unsafe.Sizeof(uintptr(0))]byte
	}
	if len(ifname) >= len(req.name) {
		return 0, fmt.Errorf("interface name %q: %w", ifname, syscall.ENODEV)
	}
	copy(req.name[:], ifname)
	req.data = unsafe.Pointer(&ch)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req)))
	if errno != 0 {
		return 0, os.NewSyscallError("ioctl ETHTOOL_GCHANNELS", errno)
	}
	return int(max(ch.rxCount, ch.txCount) + ch.combinedCount), nil
}
