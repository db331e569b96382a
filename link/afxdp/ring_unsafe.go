package afxdp

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ring is one of the four rings, mapped from the socket. Indices count up for ever and wrap at 2^32; an entry is at
// index & mask. Our own index and a copy of the kernel's are kept beside the mapping, so that each shared word is read
// or written once per burst. The kernel's words are not trusted: no index leaves the ring, no count exceeds its size.
type ring struct {
	mapping  []byte
	producer *uint32 // fill, TX: written by us. RX, completion: by the kernel
	consumer *uint32 // fill, TX: written by the kernel. RX, completion: by us
	flags    *uint32 // written by the kernel; fill and TX: XDP_RING_NEED_WAKEUP
	mask     uint32
	mine     uint32 // our index: the next entry to write (fill, TX) or to read (RX, completion)
	theirs   uint32 // the kernel's index when it was last read
}

// addrRing holds frame addresses: fill and completion.
type addrRing struct {
	ring
	entry []uint64
}

// descRing holds descriptors: RX and TX.
type descRing struct {
	ring
	entry []unix.XDPDesc
}

// size returns the number of entries.
func (r *ring) size() uint32 { return r.mask + 1 }

// room reads the kernel's consumer index and returns how many entries may be written. For fill and TX.
func (r *ring) room() uint32 {
	r.theirs = atomic.LoadUint32(r.consumer)
	return r.size() - r.used()
}

// used returns how many entries the kernel had not consumed when room was last called. For fill and TX.
func (r *ring) used() uint32 { return min(r.mine-r.theirs, r.size()) }

// publish lets the kernel see the entries before mine. For fill and TX.
func (r *ring) publish() { atomic.StoreUint32(r.producer, r.mine) }

// ready reads the kernel's producer index and returns how many entries may be read. For RX and completion.
func (r *ring) ready() uint32 {
	r.theirs = atomic.LoadUint32(r.producer)
	return min(r.theirs-r.mine, r.size())
}

// release gives the entries before mine back to the kernel. For RX and completion.
func (r *ring) release() { atomic.StoreUint32(r.consumer, r.mine) }

// needWakeup reports whether the kernel asked for a system call. For fill and TX.
func (r *ring) needWakeup() bool { return atomic.LoadUint32(r.flags)&unix.XDP_RING_NEED_WAKEUP != 0 }

func (r *ring) unmap() error {
	if r.mapping == nil {
		return nil
	}
	m := r.mapping
	r.mapping, r.producer, r.consumer, r.flags = nil, nil, nil, nil
	return os.NewSyscallError("munmap", unix.Munmap(m))
}

func mapAddrRing(fd int, pageOffset int64, off unix.XDPRingOffset, size int) (addrRing, error) {
	r, err := mapRing(fd, pageOffset, off, size, unsafe.Sizeof(uint64(0)))
	if err != nil {
		return addrRing{}, err
	}
	return addrRing{ring: r, entry: unsafe.Slice((*uint64)(unsafe.Pointer(&r.mapping[off.Desc])), size)}, nil
}

func mapDescRing(fd int, pageOffset int64, off unix.XDPRingOffset, size int) (descRing, error) {
	r, err := mapRing(fd, pageOffset, off, size, unsafe.Sizeof(unix.XDPDesc{}))
	if err != nil {
		return descRing{}, err
	}
	return descRing{ring: r, entry: unsafe.Slice((*unix.XDPDesc)(unsafe.Pointer(&r.mapping[off.Desc])), size)}, nil
}

func mapRing(fd int, pageOffset int64, off unix.XDPRingOffset, size int, entry uintptr) (ring, error) {
	const page = 4096
	if max(off.Producer, off.Consumer, off.Flags, off.Desc) > page {
		return ring{}, fmt.Errorf("ring offsets %+v: %w", off, syscall.EINVAL)
	}
	m, err := unix.Mmap(fd, pageOffset, int(off.Desc)+size*int(entry), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return ring{}, os.NewSyscallError("mmap", err)
	}
	return ring{
		mapping:  m,
		producer: (*uint32)(unsafe.Pointer(&m[off.Producer])),
		consumer: (*uint32)(unsafe.Pointer(&m[off.Consumer])),
		flags:    (*uint32)(unsafe.Pointer(&m[off.Flags])),
		mask:     uint32(size) - 1,
	}, nil
}
