package afxdp

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// socket is an AF_XDP socket with its rings. The memory is the queue's, because it outlives an attempt to bind.
type socket struct {
	fd       int
	fill     addrRing
	complete addrRing
	rx, tx   descRing
	zeroCopy bool
	// batch is how many frames the kernel sends per system call in copy mode before it says EAGAIN.
	batch uint32
}

// defaultBatch is TX_BATCH_SIZE of net/xdp/xsk.c.
const defaultBatch = 32

// newSocket makes a socket over mem and its rings. Nothing can be received before bind.
func newSocket(mem []byte, frameSize, ringSize int) (_ *socket, err error) {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, socketError(err)
	}
	s := &socket{fd: fd, batch: defaultBatch}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := registerUMEM(fd, mem, frameSize); err != nil {
		return nil, umemError(err, len(mem))
	}
	size := uint32(ringSize)
	for _, option := range []int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING, unix.XDP_TX_RING} {
		if err := setsockopt(fd, option, &size); err != nil {
			return nil, fmt.Errorf("set size of ring %d: %w", option, err)
		}
	}
	// Newer kernels send a whole ring per system call; ENOPROTOOPT from older ones leaves the default.
	if err := setsockopt(fd, unix.XDP_MAX_TX_SKB_BUDGET, &size); err == nil {
		s.batch = size
	}
	var off unix.XDPMmapOffsets
	var length uint32
	if err := getsockopt(fd, unix.XDP_MMAP_OFFSETS, &off, &length); err != nil {
		return nil, fmt.Errorf("read ring offsets: %w", err)
	}
	if s.fill, err = mapAddrRing(fd, unix.XDP_UMEM_PGOFF_FILL_RING, off.Fr, ringSize); err != nil {
		return nil, fmt.Errorf("map fill ring: %w", err)
	}
	if s.complete, err = mapAddrRing(fd, unix.XDP_UMEM_PGOFF_COMPLETION_RING, off.Cr, ringSize); err != nil {
		return nil, fmt.Errorf("map completion ring: %w", err)
	}
	if s.rx, err = mapDescRing(fd, unix.XDP_PGOFF_RX_RING, off.Rx, ringSize); err != nil {
		return nil, fmt.Errorf("map RX ring: %w", err)
	}
	if s.tx, err = mapDescRing(fd, unix.XDP_PGOFF_TX_RING, off.Tx, ringSize); err != nil {
		return nil, fmt.Errorf("map TX ring: %w", err)
	}
	return s, nil
}

// bind takes the queue of the interface.
func (s *socket) bind(ifindex, queue int, mode uint16) error {
	err := unix.Bind(s.fd, &unix.SockaddrXDP{
		Flags:   mode | unix.XDP_USE_NEED_WAKEUP,
		Ifindex: uint32(ifindex),
		QueueID: uint32(queue),
	})
	if err != nil {
		return os.NewSyscallError("bind", err)
	}
	var options, length uint32
	if err := getsockopt(s.fd, unix.XDP_OPTIONS, &options, &length); err != nil {
		return fmt.Errorf("read socket options: %w", err)
	}
	s.zeroCopy = options&unix.XDP_OPTIONS_ZEROCOPY != 0
	return nil
}

// close gives the queue back. The rings go first: while one is mapped, the kernel keeps the socket and its queue.
func (s *socket) close() error {
	if s.fd < 0 {
		return nil
	}
	err := errors.Join(s.fill.unmap(), s.complete.unmap(), s.rx.unmap(), s.tx.unmap(),
		os.NewSyscallError("close", unix.Close(s.fd)))
	s.fd = -1
	return err
}

func socketError(err error) error {
	e := &Error{Cause: "create AF_XDP socket", Err: os.NewSyscallError("socket", err)}
	switch {
	case errors.Is(err, syscall.EPERM):
		e.Cause, e.Remedy = "no privilege to create an AF_XDP socket", remedySocket
	case errors.Is(err, syscall.EAFNOSUPPORT):
		e.Cause, e.Remedy = "the kernel has no AF_XDP", "use a kernel with CONFIG_XDP_SOCKETS"
	}
	return e
}

// umemError explains ENOBUFS: the kernel counts the memory as locked (net/xdp/xdp_umem.c).
func umemError(err error, size int) error {
	e := &Error{Cause: fmt.Sprintf("register %d KiB of frames", size>>10), Err: os.NewSyscallError("setsockopt XDP_UMEM_REG", err)}
	if errors.Is(err, syscall.ENOBUFS) {
		e.Cause = fmt.Sprintf("%d KiB of frames exceed the limit of locked memory", size>>10)
		e.Remedy = "raise it (ulimit -l), give the program CAP_IPC_LOCK, or use fewer frames"
	}
	return e
}
